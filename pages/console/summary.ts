/** A tenant at a glance: this month, and what it is allowed. */
import { columnChart } from "../lib/charts.ts";
import { h } from "../lib/dom.ts";
import { formatDay, formatNumber, lastDays } from "../lib/format.ts";
import type { Usage } from "../lib/types.ts";
import { card, cardTitle, facts, loading, stat, stats, when } from "../lib/ui.ts";
import { daysOf } from "../lib/usage-days.ts";
import type { TenantContext } from "./context.ts";

/** Shows how a tenant stands. */
export function summaryTab({ api, tenant, path }: TenantContext): Node {
  const or = (value: number | null, otherwise: string) => (value === null ? otherwise : formatNumber(value));
  return h(
    "div",
    {},
    loading(async () => {
      const range = lastDays(30);
      const usage = await api.get<Usage>(`${path}/usage`, { ...range, groupBy: "day" });
      const days = daysOf(usage, range);
      const sum = (name: "tasks" | "credits" | "completed" | "failed") => days.reduce((all, day) => all + day[name], 0);
      return [
        stats(
          stat(
            "Balance",
            formatNumber(tenant.balance),
            tenant.billing === "prepaid" ? "credits, prepaid" : "credits, unmetered",
          ),
          stat("Running now", formatNumber(tenant.runningTasks), `of at most ${formatNumber(tenant.concurrentTasks)}`),
          stat("Tasks in 30 days", formatNumber(sum("tasks")), `${formatNumber(sum("failed"))} failed`),
          stat("Credits in 30 days", formatNumber(sum("credits"))),
        ),
        card(
          cardTitle("Credits a day (UTC)"),
          columnChart({
            title: "Credits a day",
            labels: days.map(({ day }) => formatDay(day)),
            series: [{ name: "Credits", color: 1, values: days.map(({ credits }) => credits) }],
          }),
        ),
      ];
    }),
    card(
      cardTitle("Terms", h("a", { class: "button", href: `#/tenants/${tenant.tenantId}/settings` }, "Change")),
      facts([
        ["Billing", tenant.billing === "prepaid" ? "Prepaid" : "Unmetered"],
        ["Markup", `× ${tenant.markup}`],
        ["Requests a minute", formatNumber(tenant.requestsPerMinute)],
        ["Tasks at once", formatNumber(tenant.concurrentTasks)],
        ["Credits a month", or(tenant.monthlyCredits, "no cap")],
        ["Models", tenant.models?.join(", ") ?? "all"],
        [
          "Files kept",
          tenant.retentionDays === null
            ? "the deployment's default"
            : tenant.retentionDays === 0
              ? "for ever"
              : `${tenant.retentionDays} days`,
        ],
        ["File URLs", tenant.filesVisibility === "signed" ? "signed, expiring" : "public, unguessable"],
        ["Low balance at", or(tenant.lowBalance, "not told")],
        ["Created", when(tenant.createdAt)],
      ]),
    ),
  );
}
