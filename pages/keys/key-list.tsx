/** Keys and what can be done with them: the same for the operator and for a tenant's people. */
import { useEffect } from "preact/hooks";
import { rich, t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import type { Key, KeyList } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { FilterChoice, Filters, FilterText } from "../ui/list.tsx";
import { Badge, Card, Empty, Loaded, Notice, When } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { useLoad } from "../ui/use-data.ts";
import { useSettings } from "../ui/use-settings.ts";
import { createKey, editKey, type KeyPlace, revokeKey, rotateKey } from "./key-dialogs.tsx";

/** Whose keys are listed, and what the reader may do. */
export interface KeysProps extends Omit<KeyPlace, "changed"> {
  readonly readOnly?: boolean;
  /** Address of the tasks of the keys' tenant. */
  readonly tasks: string;
}

/** Shows the keys, newest first. The setting `key` names one that is shown alone, because a link led to it. */
export function Keys(props: KeysProps) {
  const { api, path, readOnly = false } = props;
  const list = useLoad(`${api.base}${path}`, (signal) => allKeys(api, path, signal));
  const place: KeyPlace = { ...props, changed: list.reload };
  return (
    <Loaded of={list}>
      {(keys) => (
        <>
          <Stale keys={keys} />
          <Card
            title={t("keys.activeCount", { count: keys.filter(({ status }) => status === "active").length })}
            actions={
              !readOnly && (
                <Button work={() => createKey(place)} kind="primary" icon="plus">
                  {t("keys.newKey")}
                </Button>
              )
            }
          >
            {keys.length === 0 ? (
              <Empty title={t("keys.none")}>
                <p>{t("keys.noneText")}</p>
              </Empty>
            ) : (
              <FilteredKeys {...props} place={place} keys={keys.toReversed()} />
            )}
          </Card>
        </>
      )}
    </Loaded>
  );
}

/** All pages of the list; a tenant has a few hundred keys at most. */
async function allKeys(api: Api, path: string, signal: AbortSignal): Promise<Key[]> {
  const keys: Key[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: KeyList = await api.get<KeyList>(path, { limit: 100, cursor }, signal);
    keys.push(...page.keys);
    cursor = page.nextCursor;
  }
  return keys;
}

/** From this number on, keys can be filtered. */
const MANY = 10;

function FilteredKeys(props: KeysProps & { readonly place: KeyPlace; readonly keys: readonly Key[] }) {
  const setting = useSettings();
  const [text, status, wanted] = [setting("q").toLowerCase(), setting("status"), setting("key")];
  const shown = props.keys.filter(
    ({ name, keyId, status: own }) =>
      (status === "" || own === status) && (name.toLowerCase().includes(text) || keyId.includes(text)),
  );
  useEffect(() => {
    if (wanted !== "")
      document.querySelector(`[data-key="${CSS.escape(wanted)}"]`)?.scrollIntoView({ block: "center" });
  }, [wanted]);
  return (
    <>
      {props.keys.length >= MANY && (
        <Filters>
          <FilterText name="q" label={t("keys.filter")} />
          <FilterChoice
            name="status"
            label={t("keys.status")}
            choices={[
              ["active", t("keys.active")],
              ["revoked", t("keys.revoked")],
              ["expired", t("keys.expired")],
            ]}
          />
        </Filters>
      )}
      {shown.length === 0 ? (
        <Empty title={t("keys.nothing")}>
          <p>{t("common.changeFilters")}</p>
        </Empty>
      ) : (
        <Table rows={shown} keyOf={({ keyId }) => keyId} columns={columns(props, wanted)} label={t("keys.title")} />
      )}
    </>
  );
}

function Stale({ keys }: { readonly keys: readonly Key[] }) {
  const later = keys.filter(({ status, signedWith }) => status === "active" && signedWith !== "first");
  if (later.length === 0) return null;
  const names = <b>{later.map(({ name }) => name).join(", ")}</b>;
  return <Notice tone="warn">{rich("keys.stale", { count: later.length, names })}</Notice>;
}

function columns(
  { operator, readOnly, tasks, place }: KeysProps & { readonly place: KeyPlace },
  wanted: string,
): readonly Column<Key>[] {
  return [
    {
      title: t("keys.name"),
      value: ({ name, keyId }) => (
        <span data-key={keyId} class={keyId === wanted ? "wanted" : undefined}>
          <b>{name}</b>
          <small class="block faint mono">{keyId}</small>
        </span>
      ),
      long: true,
    },
    {
      title: t("keys.kind"),
      value: ({ kind }) =>
        kind === "secret" ? <Badge>{t("keys.secret")}</Badge> : <Badge tone="info">{t("keys.publishable")}</Badge>,
    },
    { title: t("keys.status"), value: (key) => <KeyStatus data={key} /> },
    {
      title: t("keys.may"),
      value: ({ scopes, allowedOrigins }) => (
        <span>
          {scopes.join(", ")}
          {allowedOrigins && <small class="block faint">{allowedOrigins.join(", ")}</small>}
        </span>
      ),
    },
    { title: t("keys.limits"), value: limitsOf },
    { title: t("keys.lastUsed"), value: ({ lastUsedAt }) => <When at={lastUsedAt} /> },
    {
      title: "",
      value: (key) => (
        <div class="row-actions">
          <a
            class="button quiet"
            href={`${tasks}?keyId=${key.keyId}`}
            aria-label={t("keys.tasksNamed", { name: key.name })}
          >
            {t("keys.tasksOf")}
          </a>
          {key.status === "active" && !readOnly && (
            <>
              {operator && (
                <Button work={() => editKey(place, key)} kind="quiet" label={t("keys.editNamed", { name: key.name })}>
                  {t("keys.edit")}
                </Button>
              )}
              <Button work={() => rotateKey(place, key)} kind="quiet" label={t("keys.rotateNamed", { name: key.name })}>
                {t("keys.rotate")}
              </Button>
              <Button work={() => revokeKey(place, key)} kind="quiet" label={t("keys.revokeNamed", { name: key.name })}>
                {t("keys.revoke")}
              </Button>
            </>
          )}
        </div>
      ),
    },
  ];
}

function KeyStatus({ data: { status, expiresAt, previous } }: { readonly data: Key }) {
  if (status === "revoked") return <Badge>{t("keys.revoked")}</Badge>;
  if (status === "expired") return <Badge>{t("keys.expired")}</Badge>;
  return (
    <>
      <Badge tone="good">{t("keys.active")}</Badge>
      {expiresAt && <small class="block faint">{rich("keys.until", { when: <When at={expiresAt} /> })}</small>}
      {previous && (
        <small class="block faint">{rich("keys.previous", { when: <When at={previous.expiresAt} /> })}</small>
      )}
    </>
  );
}

function limitsOf({ requestsPerMinute, monthlyCredits, concurrentTasks }: Key) {
  const parts = [
    requestsPerMinute !== null && t("keys.perMinute", { count: requestsPerMinute }),
    monthlyCredits !== null && t("keys.perMonth", { count: monthlyCredits }),
    concurrentTasks !== null && t("keys.atOnce", { count: concurrentTasks }),
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join(", ") : <span class="faint">{t("keys.tenants")}</span>;
}
