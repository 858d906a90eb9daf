/** A tenant at a glance: this month, and what it is allowed. */
import { t } from "../i18n/t.ts";
import { formatNumber, lastDays } from "../lib/format.ts";
import type { Usage } from "../lib/types.ts";
import { daysOf } from "../lib/usage-days.ts";
import { LinkButton } from "../ui/button.tsx";
import { DayChart } from "../ui/day-chart.tsx";
import { Card, Facts, Loaded, Stat, Stats, When } from "../ui/parts.tsx";
import { useData } from "../ui/use-data.ts";
import type { TenantContext } from "./context.ts";

/** Shows how a tenant stands. */
export function SummaryTab({ api, tenant, path }: TenantContext) {
  const range = lastDays(30);
  const usage = useData<Usage>(api, `${path}/usage`, { ...range, groupBy: "day" });
  const to = (tab: string) => `#/tenants/${tenant.tenantId}/${tab}`;
  return (
    <>
      <Loaded of={usage}>
        {(data) => {
          const days = daysOf(data, range);
          const sum = (name: "tasks" | "credits" | "failed") => days.reduce((all, day) => all + day[name], 0);
          return (
            <>
              <Stats>
                <Stat
                  label={t("tenant.balance")}
                  value={formatNumber(tenant.balance)}
                  note={t(tenant.billing === "prepaid" ? "tenant.creditsPrepaid" : "tenant.creditsUnmetered")}
                  href={to("credits")}
                />
                <Stat
                  label={t("tenant.runningNow")}
                  value={formatNumber(tenant.runningTasks)}
                  note={t("tenant.ofAtMost", { count: tenant.concurrentTasks })}
                  href={to("tasks")}
                />
                <Stat
                  label={t("tenant.tasksIn30")}
                  value={formatNumber(sum("tasks"))}
                  note={
                    <a href={`${to("tasks")}?status=3&from=${range.from}`}>
                      {t("tenant.failedCount", { count: sum("failed") })}
                    </a>
                  }
                  href={`${to("tasks")}?from=${range.from}`}
                />
                <Stat label={t("tenant.creditsIn30")} value={formatNumber(sum("credits"))} href={to("usage")} />
              </Stats>
              <Card title={t("tenant.creditsADayUtc")}>
                <DayChart
                  title={t("tenant.creditsADay")}
                  days={days.map(({ day }) => day)}
                  href={(day) => `${to("usage")}?from=${day}&to=${day}&groupBy=model`}
                  series={[{ name: t("tenant.credits"), color: 1, values: days.map(({ credits }) => credits) }]}
                />
              </Card>
            </>
          );
        }}
      </Loaded>
      <Terms tenant={tenant} />
    </>
  );
}

function Terms({ tenant }: Pick<TenantContext, "tenant">) {
  const or = (value: number | null, otherwise: string) => (value === null ? otherwise : formatNumber(value));
  return (
    <Card
      title={t("tenant.terms")}
      actions={<LinkButton href={`#/tenants/${tenant.tenantId}/settings`}>{t("tenant.change")}</LinkButton>}
    >
      <Facts
        entries={[
          [t("tenants.billing"), t(tenant.billing === "prepaid" ? "tenants.prepaid" : "tenants.unmetered")],
          [t("tenants.markup"), `× ${tenant.markup}`],
          [t("tenants.requestsPerMinute"), formatNumber(tenant.requestsPerMinute)],
          [t("tenants.concurrentTasks"), formatNumber(tenant.concurrentTasks)],
          [t("tenant.monthlyCredits"), or(tenant.monthlyCredits, t("tenant.noCap"))],
          [t("tenant.models"), tenant.models?.join(", ") ?? t("tenant.all")],
          [t("tenant.filesKept"), retention(tenant.retentionDays)],
          [t("tenant.fileUrls"), t(tenant.filesVisibility === "signed" ? "tenant.signed" : "tenant.public")],
          [t("tenants.lowBalanceAt"), or(tenant.lowBalance, t("tenant.notSet"))],
          tenant.externalId !== null && [t("tenants.externalId"), tenant.externalId],
          tenant.note !== null && [t("tenants.note"), tenant.note],
          [t("tenants.created"), <When key="created" at={tenant.createdAt} />],
        ]}
      />
    </Card>
  );
}

function retention(days: number | null): string {
  if (days === null) return t("tenant.retentionDefault");
  return days === 0 ? t("tenant.forEver") : t("tenant.days", { count: days });
}
