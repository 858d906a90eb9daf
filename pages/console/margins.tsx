/** Charts and tables of revenue, cost and margin. */
import { t } from "../i18n/t.ts";
import { formatNumber, lastDays } from "../lib/format.ts";
import type { Margins } from "../lib/types.ts";
import { DayChart } from "../ui/day-chart.tsx";
import { Table } from "../ui/table.tsx";

/** Stacked days of cost and margin: together the revenue. */
export function MarginChart(props: {
  readonly margins: Margins;
  readonly days: number;
  readonly href: (day: string) => string;
  readonly choose?: (day: string) => void;
}) {
  const { margins, days: count, href, choose } = props;
  const known = new Map(margins.rows.map((row) => [row.day, row]));
  const days = Array.from({ length: count }, (_, index) => lastDays(count - index).from);
  const value = (name: "cost" | "margin") => days.map((day) => known.get(day)?.[name] ?? 0);
  return (
    <DayChart
      title={t("overview.margin")}
      total={t("overview.revenue")}
      days={days}
      href={href}
      {...(choose && { choose })}
      series={[
        { name: t("overview.cost"), color: 2, values: value("cost") },
        { name: t("overview.marginOnly"), color: 1, values: value("margin") },
      ]}
    />
  );
}

/** Revenue, cost and margin of models or tenants. */
export function MarginTable({ margins: { rows } }: { readonly margins: Margins }) {
  if (rows.length === 0) return <p class="faint">{t("overview.nothingEarned")}</p>;
  return (
    <Table
      rows={rows}
      keyOf={({ tenantId, model }) => tenantId ?? model ?? ""}
      columns={[
        {
          title: rows[0]?.tenantId === undefined ? t("usage.model") : t("tenants.name"),
          long: true,
          value: ({ tenantId, name, model }) =>
            tenantId === undefined ? model : <a href={`#/tenants/${tenantId}/usage`}>{name ?? tenantId}</a>,
        },
        { title: t("overview.revenue"), value: ({ revenue }) => formatNumber(revenue), numeric: true },
        { title: t("overview.cost"), value: ({ cost }) => formatNumber(cost), numeric: true },
        { title: t("overview.marginOnly"), value: ({ margin }) => formatNumber(margin), numeric: true },
      ]}
    />
  );
}
