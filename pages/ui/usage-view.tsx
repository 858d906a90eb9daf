/** Usage: a chart of days, and sums by day, model, key or end user. The range and the group are in the URL. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { formatNumber, lastDays } from "../lib/format.ts";
import { currentPath } from "../lib/router.ts";
import { save } from "../lib/save.ts";
import type { Usage, UsageRow } from "../lib/types.ts";
import { daysOf } from "../lib/usage-days.ts";
import { Button } from "./button.tsx";
import { DayChart } from "./day-chart.tsx";
import { Filters, FilterText } from "./list.tsx";
import { Card, Empty, Loaded, Stat, Stats } from "./parts.tsx";
import { type Column, Table } from "./table.tsx";
import { useData } from "./use-data.ts";
import { useId } from "./use-id.ts";
import { setFilter, useSettings } from "./use-settings.ts";

const MOST_CHARTED = 400;
const GROUPS = ["day", "model", "key", "endUser"] as const;
type Group = (typeof GROUPS)[number];

/** Names of the groups, which are texts only once the language is known. */
const groupName = (group: Group) =>
  ({
    day: t("usage.day"),
    model: t("usage.model"),
    key: t("usage.key"),
    endUser: t("usage.endUser"),
  })[group];

/** Shows usage as a chart and a table, with an export named `fileName`. */
export function UsageView({
  api,
  path,
  fileName,
}: {
  readonly api: Api;
  readonly path: string;
  readonly fileName: string;
}) {
  const id = useId();
  const setting = useSettings();
  const month = lastDays(30);
  const range = { from: setting("from") || month.from, to: setting("to") || month.to };
  const group = GROUPS.find((one) => one === setting("groupBy")) ?? "day";
  const usage = useData<Usage>(api, path, { ...range, groupBy: group });
  const byDay = useData<Usage>(api, group === "day" ? null : path, { ...range, groupBy: "day" });
  const exportCsv = async () => save(await api.csv(path, { ...range, groupBy: group }), `${fileName}-by-${group}.csv`);
  return (
    <Card
      title={t("usage.title")}
      actions={
        <Button work={exportCsv} icon="download">
          {t("common.exportCsv")}
        </Button>
      }
    >
      <Filters>
        <FilterText name="from" label={t("usage.from")} type="date" />
        <FilterText name="to" label={t("usage.to")} type="date" />
        <div class="field">
          <label class="field-label" for={id}>
            {t("usage.groupBy")}
          </label>
          <select
            class="input"
            id={id}
            value={group}
            onChange={({ currentTarget: { value } }) => setFilter("groupBy", value === "day" ? "" : value)}
          >
            {GROUPS.map((one) => (
              <option key={one} value={one}>
                {groupName(one)}
              </option>
            ))}
          </select>
        </div>
      </Filters>
      <p class="faint">{t("usage.rangeNote", range)}</p>
      <Loaded of={usage}>
        {(data) =>
          data.rows.length === 0 ? (
            <Empty title={t("usage.none")}>
              <p>{t("usage.noneText")}</p>
            </Empty>
          ) : (
            <>
              <Totals rows={data.rows} />
              <Chart usage={group === "day" ? data : byDay.data} range={range} />
              <Rows usage={data} group={group} />
            </>
          )
        }
      </Loaded>
    </Card>
  );
}

function Totals({ rows }: { readonly rows: readonly UsageRow[] }) {
  const sum = (name: "tasks" | "credits" | "completed" | "failed") =>
    formatNumber(rows.reduce((total, row) => total + row[name], 0));
  return (
    <Stats>
      <Stat label={t("usage.tasks")} value={sum("tasks")} />
      <Stat label={t("usage.credits")} value={sum("credits")} />
      <Stat label={t("usage.completed")} value={sum("completed")} />
      <Stat label={t("usage.failed")} value={sum("failed")} />
    </Stats>
  );
}

function Chart({ usage, range }: { readonly usage: Usage | undefined; readonly range: { from: string; to: string } }) {
  const days = usage ? daysOf(usage, range) : [];
  if (days.length < 2 || days.length > MOST_CHARTED) return null;
  return (
    <DayChart
      title={t("usage.tasksADay")}
      total={t("usage.tasks")}
      days={days.map(({ day }) => day)}
      href={(day) => `#${currentPath()}?from=${day}&to=${day}&groupBy=model`}
      series={[
        { name: t("usage.completed"), color: 1, values: days.map(({ completed }) => completed) },
        {
          name: t("usage.running"),
          color: 4,
          values: days.map((day) => Math.max(0, day.tasks - day.completed - day.failed - day.cancelled)),
        },
        { name: t("usage.cancelled"), color: 2, values: days.map(({ cancelled }) => cancelled) },
        { name: t("usage.failed"), color: 3, values: days.map(({ failed }) => failed) },
      ]}
    />
  );
}

function Rows({ usage, group }: { readonly usage: Usage; readonly group: Group }) {
  const numbers = ["tasks", "completed", "failed", "cancelled", "running", "credits"] as const;
  const columns: Column<UsageRow>[] = [
    { title: groupName(group), value: (row) => nameOf(row, group), long: true },
    ...numbers.map((name) => ({
      title: t(`usage.${name}`),
      value: (row: UsageRow) => formatNumber(row[name]),
      numeric: true,
    })),
  ];
  const rows = group === "day" ? usage.rows.toReversed() : usage.rows;
  return <Table columns={columns} rows={rows} keyOf={(row) => row.day ?? row.key ?? row.model ?? row.endUser ?? ""} />;
}

function nameOf(row: UsageRow, group: Group): ComponentChildren {
  if (group === "day") return row.day;
  if (group !== "key") return row[group] ?? <span class="faint">{t("common.none")}</span>;
  return (
    <>
      {row.keyName || "–"} <small class="block faint mono">{row.key}</small>
    </>
  );
}
