/** Filters of a list of tasks, and what they are as parameters of the API. */
import { t } from "../i18n/t.ts";
import type { Query } from "../lib/api.ts";
import { ClearFilters, FilterChoice, Filters, FilterText, MoreFilters } from "../ui/list.tsx";
import { statusChoices } from "./status.tsx";

/** Filters that the API has under the same name. */
export const TASK_FILTERS = ["status", "model", "keyId", "endUser", "from", "to", "q"] as const;

const METADATA = "metadata";

const MORE = ["keyId", "endUser", "from", "to", METADATA];

/** The models of the catalogue. */
const MODELS = ["Imagen Nano Banana 2", "Seedance 2.0"] as const;

/** The filter by metadata, `name=value`, as a parameter. */
export function metadataQuery(setting: (name: string) => string): Query {
  const [name = "", ...value] = setting(METADATA).split("=");
  return name.trim() === "" || value.length === 0 ? {} : { [`metadata.${name.trim()}`]: value.join("=").trim() };
}

/** The row of filters. */
export function TaskFilters() {
  return (
    <Filters>
      <FilterText name="q" label={t("tasks.prompt")} />
      <FilterChoice name="status" label={t("tasks.status")} choices={statusChoices()} />
      <FilterChoice name="model" label={t("tasks.model")} choices={MODELS.map((model) => [model, model])} />
      <MoreFilters names={MORE}>
        <FilterText name="keyId" label={t("tasks.key")} placeholder="key_…" />
        <FilterText name="endUser" label={t("tasks.endUser")} />
        <FilterText name="from" label={t("tasks.from")} type="date" />
        <FilterText name="to" label={t("tasks.to")} type="date" />
        <FilterText name={METADATA} label={t("tasks.metadata")} placeholder={t("tasks.metadataHint")} />
      </MoreFilters>
      <ClearFilters names={[...TASK_FILTERS, METADATA]} />
    </Filters>
  );
}
