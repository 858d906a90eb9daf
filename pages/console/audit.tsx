/** Who did what when. */
import { lookUp, t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { changedFields, exportCsv, exportJson } from "../lib/audit.ts";
import { sentence } from "../lib/format.ts";
import { save } from "../lib/save.ts";
import { toast } from "../lib/toast.ts";
import type { AuditEntry, AuditLog } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { ClearFilters, FilterChoice, Filters, FilterText, ListView } from "../ui/list.tsx";
import { Badge, Card, Moment, PageHead } from "../ui/parts.tsx";
import { useList } from "../ui/use-list.ts";

/** Most events of an export. */
const MOST_EXPORTED = 10_000;

/** Shows the audit log of all tenants. */
export function AuditPage({ api }: { readonly api: Api }) {
  return (
    <>
      <PageHead title={t("audit.title")} />
      <AuditView api={api} tenantId={null} />
    </>
  );
}

/** The events that fit the filters of the URL. @param tenantId null: of all tenants */
export function AuditView({ api, tenantId }: { readonly api: Api; readonly tenantId: string | null }) {
  const filters = ["actor", "action", "from", "to", ...(tenantId === null ? ["tenantId"] : [])];
  const list = useList<AuditLog, AuditEntry>({
    api,
    path: "/audit",
    rows: ({ entries }) => entries,
    filters,
    query: () => (tenantId === null ? {} : { tenantId }),
    limit: 50,
  });
  const all = async () => {
    const entries: AuditEntry[] = [];
    let cursor: string | null = null;
    do {
      const page: AuditLog = await api.get<AuditLog>("/audit", { ...list.query, limit: 100, cursor });
      entries.push(...page.entries);
      cursor = page.nextCursor;
    } while (cursor !== null && entries.length < MOST_EXPORTED);
    if (cursor !== null) toast(t("audit.limitReached", { count: entries.length }), "bad");
    return entries;
  };
  return (
    <Card
      title={tenantId !== null && t("audit.activity")}
      actions={
        <>
          <Button icon="download" work={async () => save(exportCsv(await all()), "audit.csv")}>
            {t("common.exportCsv")}
          </Button>
          <Button icon="download" work={async () => save(exportJson(await all()), "audit.json")}>
            {t("common.exportJson")}
          </Button>
        </>
      }
    >
      <Filters>
        <FilterChoice name="action" label={t("audit.action")} choices={actionChoices()} />
        <FilterText name="actor" label={t("audit.actor")} placeholder={t("audit.actorHint")} />
        {tenantId === null && <FilterText name="tenantId" label={t("audit.tenant")} placeholder="ten_…" />}
        <FilterText name="from" label={t("audit.from")} type="date" />
        <FilterText name="to" label={t("audit.to")} type="date" />
        <ClearFilters names={filters} />
      </Filters>
      <ListView
        list={list}
        empty={{ title: t("audit.none"), text: t("audit.noneText"), filteredTitle: t("audit.nothing") }}
      >
        {(entries) => (
          <ul class="log">
            {entries.map((entry) => (
              <Entry key={entry.id} entry={entry} withTenant={tenantId === null} />
            ))}
          </ul>
        )}
      </ListView>
    </Card>
  );
}

const PREFIX = "a_";

/** `key.create` → `a_key_create`, the key of its text. */
function textKey(action: string): string {
  return PREFIX + action.replace(/[.-]/g, "_");
}

function actionName(action: string): string {
  return lookUp("audit", textKey(action)) ?? sentence(action);
}

/** Actions that have a name, with the API's name. */
const ACTIONS = [
  ...["branding.update", "client-token.end", "credits.add", "end-user.update"],
  ...["key.create", "key.revoke", "key.rotate", "key.update"],
  ...["operator.create", "operator.delete", "operator.rotate", "operator.update", "operator-session.create"],
  ...["operator-session.end", "operator-sessions.end", "portal-link.create", "portal-session.end"],
  ...["portal-sessions.end", "portal.sign-in", "prices.update", "task.delete", "task.generate"],
  ...["tenant.create", "tenant.delete", "tenant.update"],
  ...["webhook.delete", "webhook.redeliver", "webhook.rotate", "webhook.update"],
];

function actionChoices() {
  return ACTIONS.map((action) => [action, actionName(action)] as const);
}

function Entry({ entry, withTenant }: { readonly entry: AuditEntry; readonly withTenant: boolean }) {
  const { at, actor, action, tenantId, tenantName, target, requestId } = entry;
  const fields = changedFields(entry);
  return (
    <li>
      <div class="log-line">
        <b>{actionName(action)}</b>
        <Badge tone={actor.id === "portal" ? "info" : "neutral"}>{actor.name}</Badge>
        {withTenant && tenantId && <a href={`#/tenants/${tenantId}`}>{tenantName ?? tenantId}</a>}
        {target && <Target tenantId={tenantId} target={target} />}
        <Moment at={at} />
      </div>
      {fields.length > 0 && (
        <details>
          <summary>{t("audit.whatChanged")}</summary>
          <table class="table diff">
            <thead>
              <tr>
                <th scope="col">{t("audit.field")}</th>
                <th scope="col">{t("audit.before")}</th>
                <th scope="col">{t("audit.after")}</th>
              </tr>
            </thead>
            <tbody>
              {fields.map(({ name, before, after }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{before}</td>
                  <td>{after}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {requestId && <p class="faint">{t("audit.request", { id: requestId })}</p>}
        </details>
      )}
    </li>
  );
}

/** What an action changed, as a link where it has a page. */
function Target({ tenantId, target }: { readonly tenantId: string | null; readonly target: string }) {
  const page = /^key_/.test(target) ? `keys?key=${target}` : /^\d+$/.test(target) ? `tasks/${target}` : null;
  if (tenantId === null || page === null) return <code class="faint">{target}</code>;
  return (
    <a class="mono" href={`#/tenants/${tenantId}/${page}`}>
      {target}
    </a>
  );
}
