/** All tenants: find one by name, state or trouble, export the list, create one. */
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { formatNumber } from "../lib/format.ts";
import { save } from "../lib/save.ts";
import type { TenantCounts, TenantSummaries } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { ClearFilters, FilterChoice, Filters, FilterText, ListTable } from "../ui/list.tsx";
import { Badge, Card, PageHead, When } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { useData } from "../ui/use-data.ts";
import { useList } from "../ui/use-list.ts";
import { setFilter, useSettings } from "../ui/use-settings.ts";
import { createTenant } from "./create-tenant.tsx";

type Row = TenantSummaries["tenants"][number];

const FILTERS = ["q", "status", "billing", "lowBalance", "webhook", "waiting", "inactiveDays"] as const;
const INACTIVE_DAYS = 30;
/** The page of a tenant that shows its waiting work. */
const PAGE_OF_WAITING: Readonly<Record<string, string>> = { deliveries: "/webhooks?state=pending", copies: "/tasks" };

/** The list of tenants. */
export function TenantsPage({ api }: { readonly api: Api }) {
  const list = useList<TenantSummaries, Row>({
    api,
    path: "/tenant-summaries",
    filters: FILTERS,
    query: (setting) => ({ sort: setting("sort") }),
    limit: 50,
    rows: ({ tenants }) => tenants,
  });
  const waiting = useSettings()("waiting");
  const exportCsv = async () => save(await api.csv("/tenant-summaries", list.query), "tenants.csv");
  return (
    <div>
      <PageHead
        title={t("frame.tenants")}
        actions={
          <>
            <Button work={exportCsv} icon="download">
              {t("common.exportCsv")}
            </Button>
            <Button work={() => createTenant(api)} kind="primary" icon="plus">
              {t("tenants.new")}
            </Button>
          </>
        }
      />
      <Card>
        <Counts api={api} />
        <Filters>
          <FilterText name="q" label={t("tenants.search")} placeholder={t("tenants.searchHint")} />
          <FilterChoice
            name="status"
            label={t("tenants.status")}
            choices={[
              ["active", t("tenants.active")],
              ["suspended", t("tenants.suspended")],
            ]}
          />
          <FilterChoice
            name="billing"
            label={t("tenants.billing")}
            choices={[
              ["prepaid", t("tenants.prepaid")],
              ["unmetered", t("tenants.unmetered")],
            ]}
          />
          <FilterChoice
            name="webhook"
            label={t("tenants.webhook")}
            choices={[
              ["failing", t("tenants.failing")],
              ["off", t("tenants.off")],
            ]}
          />
          <FilterChoice
            name="waiting"
            label={t("tenants.waiting")}
            choices={[
              ["copies", t("overview.copies")],
              ["deliveries", t("overview.deliveries")],
            ]}
          />
          <FilterChoice
            name="inactiveDays"
            label={t("tenants.inactive")}
            choices={[7, 30, 90].map((days) => [String(days), t("tenants.inactiveDays", { count: days })])}
          />
          <ClearFilters names={FILTERS} />
        </Filters>
        <ListTable
          list={list}
          columns={columns(waiting)}
          keyOf={({ tenantId }) => tenantId}
          href={({ tenantId }) => `#/tenants/${tenantId}${PAGE_OF_WAITING[waiting] ?? ""}`}
          defaultSort="-created"
          label={t("frame.tenants")}
          empty={{
            title: t("tenants.none"),
            text: t("tenants.noneText"),
            filteredTitle: t("tenants.nobodyFound"),
          }}
        />
      </Card>
    </div>
  );
}

/** Numbers of tenants that lead to them. */
function Counts({ api }: { readonly api: Api }) {
  const setting = useSettings();
  const { data } = useData<TenantCounts>(api, "/tenant-counts", { inactiveDays: INACTIVE_DAYS });
  if (!data) return <div class="chips" aria-hidden="true" />;
  const chip = (name: string, value: string, text: string, count: number) => {
    const isOn = setting(name) === value;
    return (
      <button type="button" class="chip" aria-pressed={isOn} onClick={() => setFilter(name, isOn ? "" : value)}>
        {text} <b>{formatNumber(count)}</b>
      </button>
    );
  };
  return (
    <fieldset class="chips" aria-label={t("tenants.counts")}>
      <span class="chip">
        {t("tenants.total")} <b>{formatNumber(data.total)}</b>
      </span>
      {chip("status", "suspended", t("tenants.suspended"), data.suspended)}
      {chip("billing", "prepaid", t("tenants.prepaid"), data.prepaid)}
      {chip("lowBalance", "true", t("tenants.lowBalance"), data.lowBalance)}
      {chip("webhook", "failing", t("tenants.webhookFailing"), data.webhookFailing)}
      {chip("webhook", "off", t("tenants.webhookOff"), data.webhookOff)}
      {chip("inactiveDays", String(INACTIVE_DAYS), t("tenants.inactiveDays", { count: INACTIVE_DAYS }), data.inactive)}
    </fieldset>
  );
}

/** @param waiting work that the list is filtered by, whose numbers are then a column */
function columns(waiting: string): Column<Row>[] {
  return [
    {
      title: t("tenants.name"),
      sort: "name",
      long: true,
      value: ({ name, externalId }) => (
        <>
          {name}
          {externalId !== null && <small class="block faint mono">{externalId}</small>}
        </>
      ),
    },
    {
      title: t("tenants.status"),
      value: ({ status, webhook }) => (
        <>
          {status === "active" ? (
            <Badge tone="good">{t("tenants.active")}</Badge>
          ) : (
            <Badge tone="warn">{t("tenants.suspended")}</Badge>
          )}
          {webhook !== null && (
            <>
              {" "}
              <Badge tone="bad">{webhook === "off" ? t("tenants.webhookOff") : t("tenants.webhookFailing")}</Badge>
            </>
          )}
        </>
      ),
    },
    {
      title: t("tenants.billing"),
      value: ({ billing }) => (billing === "prepaid" ? t("tenants.prepaid") : t("tenants.unmetered")),
    },
    {
      title: t("money.balance"),
      sort: "balance",
      numeric: true,
      value: ({ balance, lowBalance }) => (
        <span>
          {lowBalance !== null && balance < lowBalance && <Badge tone="warn">{t("tenants.low")}</Badge>}{" "}
          {formatNumber(balance)}
        </span>
      ),
    },
    { title: t("usage.running"), value: ({ runningTasks }) => formatNumber(runningTasks), numeric: true },
    ...(waiting === "copies" || waiting === "deliveries"
      ? [
          {
            title: t(`overview.${waiting}`),
            value: (row: Row) => formatNumber(waiting === "copies" ? row.copiesWaiting : row.deliveriesWaiting),
            numeric: true,
          },
        ]
      : []),
    { title: t("tenants.lastActive"), sort: "lastActive", value: ({ lastActiveAt }) => <When at={lastActiveAt} /> },
    { title: t("tenants.created"), sort: "created", value: ({ createdAt }) => <When at={createdAt} /> },
    { title: t("tenants.note"), long: true, value: ({ note }) => note ?? "" },
  ];
}
