/** All tenants together: health, today, the last days, what was earned; and the first steps until they are done. */
import { useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { type Api, ApiError, type Query } from "../lib/api.ts";
import { formatCompact, formatNumber, lastDays } from "../lib/format.ts";
import { save } from "../lib/save.ts";
import type { Margins, Overview, TenantCounts } from "../lib/types.ts";
import { Button, Segments } from "../ui/button.tsx";
import { DayChart } from "../ui/day-chart.tsx";
import { ClearFilters } from "../ui/list.tsx";
import { Card, Loaded, PageHead, Stat, Stats } from "../ui/parts.tsx";
import { type Data, useData, useLoad } from "../ui/use-data.ts";
import { setFilter, useSettings } from "../ui/use-settings.ts";
import { FirstSteps } from "./first-steps.tsx";
import { Health } from "./health.tsx";
import { MarginChart, MarginTable } from "./margins.tsx";
import { WebhookTroubles } from "./webhook-troubles.tsx";

const RANGES = [7, 30, 90] as const;
const REFRESH_MS = 60_000;
/** Most tenants in the table of margins. */
const MOST_ROWS = 10;

/** A day of a chart leads to the tenants and models of that day. */
const dayHref = (day: string) => `#/?day=${day}`;
const chooseDay = (day: string) => setFilter("day", day);

/** What the overview shows of margins; null for an operator who may not see them. */
interface Money {
  readonly byDay: Margins;
  readonly byModel: Margins;
  readonly byTenant: Margins;
}

/** The first page of the console. */
export function OverviewPage({ api }: { readonly api: Api }) {
  const [days, setDays] = useState<(typeof RANGES)[number]>(30);
  const overview = useData<Overview>(api, "/overview", { days }, { every: () => REFRESH_MS });
  const counts = useData<TenantCounts>(api, "/tenant-counts", {}, { every: () => REFRESH_MS });
  const day = useSettings()("day");
  const range = /^\d{4}-\d{2}-\d{2}$/.test(day) ? { from: day, to: day } : lastDays(days);
  const money = useLoad<Money | null>(
    `margins ${days} ${day}`,
    (signal) => loadMoney(api, { days: lastDays(days), range }, signal),
    { every: () => REFRESH_MS },
  );
  return (
    <div>
      <PageHead
        title={t("frame.overview")}
        actions={
          <Segments
            label={t("overview.range")}
            choices={RANGES.map((range) => [range, t("overview.days", { count: range })])}
            value={days}
            choose={setDays}
          />
        }
      />
      <Loaded of={overview}>
        {(data) => (
          <>
            <WebhookTroubles api={api} counts={counts.data} />
            <FirstSteps api={api} overview={data} />
            {data.tenants.total > 0 && <Figures overview={data} counts={counts.data} days={days} />}
            <Card title={t("overview.health")}>
              <Health overview={data} counts={counts.data} />
            </Card>
            {data.tenants.total > 0 && <TaskChart overview={data} />}
            {data.tenants.total > 0 && <MoneyCards api={api} money={money} days={days} range={range} />}
          </>
        )}
      </Loaded>
    </div>
  );
}

type Range = { readonly from: string; readonly to: string };

/** @param of days of the chart, and the range of the tables: all of them, or one day */
async function loadMoney(api: Api, of: { days: Range; range: Range }, signal: AbortSignal): Promise<Money | null> {
  const get = (query: Query) => api.get<Margins>("/margins", query, signal);
  try {
    const [byDay, byModel, byTenant] = await Promise.all([
      get({ ...of.days, groupBy: "day" }),
      get({ ...of.range, groupBy: "model", sort: "-revenue" }),
      get({ ...of.range, groupBy: "tenant", sort: "-revenue", limit: MOST_ROWS }),
    ]);
    return { byDay, byModel, byTenant };
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return null;
    throw error;
  }
}

function Figures(props: {
  readonly overview: Overview;
  readonly counts: TenantCounts | undefined;
  readonly days: number;
}) {
  const { overview, counts, days: range } = props;
  const { days, tenants, balance, totals, failures } = overview;
  const sum = (name: "tasks" | "credits" | "completed" | "failed") => days.reduce((all, day) => all + day[name], 0);
  const ended = sum("completed") + sum("failed");
  const [reason] = failures;
  return (
    <Stats>
      <Stat
        label={t("overview.running")}
        value={formatNumber(overview.runningTasks)}
        href="#/tenants?sort=-lastActive"
        note={t("overview.held", { credits: formatNumber(overview.creditsHeld) })}
      />
      <Stat
        label={t("overview.tasksIn", { count: range })}
        value={formatNumber(sum("tasks"))}
        note={t("overview.ofAllTime", { amount: formatCompact(totals.tasks) })}
      />
      <Stat
        label={t("overview.creditsIn", { count: range })}
        value={formatNumber(sum("credits"))}
        note={t("overview.ofAllTime", { amount: formatCompact(totals.credits) })}
      />
      <Stat
        label={t("usage.completed")}
        value={ended === 0 ? "–" : `${((sum("completed") / ended) * 100).toFixed(1)} %`}
        note={
          reason && sum("failed") > 0
            ? t("overview.failedMost", { failed: formatNumber(sum("failed")), reason: reason.reason })
            : t("overview.failed", { failed: formatNumber(sum("failed")) })
        }
      />
      <Stat
        label={t("frame.tenants")}
        value={formatNumber(tenants.active)}
        href="#/tenants?status=active"
        note={
          tenants.suspended > 0 ? (
            <a href="#/tenants?status=suspended">{t("overview.suspended", { count: tenants.suspended })}</a>
          ) : (
            t("overview.allActive")
          )
        }
      />
      <Stat
        label={t("overview.prepaid")}
        value={formatNumber(balance.prepaid)}
        href="#/tenants?billing=prepaid&sort=balance"
        note={
          counts && counts.lowBalance > 0 ? (
            <a href="#/tenants?lowBalance=true">{t("overview.low", { count: counts.lowBalance })}</a>
          ) : (
            t("overview.notSpent")
          )
        }
      />
    </Stats>
  );
}

function TaskChart({ overview: { days } }: { readonly overview: Overview }) {
  return (
    <Card title={t("usage.tasksADay")}>
      <DayChart
        title={t("usage.tasksADay")}
        total={t("usage.tasks")}
        days={days.map(({ day }) => day)}
        href={dayHref}
        choose={chooseDay}
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
    </Card>
  );
}

function MoneyCards(props: {
  readonly api: Api;
  readonly money: Data<Money | null>;
  readonly days: number;
  readonly range: Range;
}) {
  const { api, money, days, range } = props;
  if (money.data === null) return null;
  const isOneDay = range.from === range.to;
  const exportCsv = async () =>
    save(await api.csv("/margins", { ...range, groupBy: "tenant" }), "margins-by-tenant.csv");
  return (
    <Loaded of={money}>
      {(data) =>
        data && (
          <>
            <Card title={t("overview.margin")}>
              <MarginChart margins={data.byDay} days={days} href={dayHref} choose={chooseDay} />
            </Card>
            {isOneDay && (
              <p>
                {t("overview.ofDay", { day: range.from })} <ClearFilters names={["day"]} />
              </p>
            )}
            <div class="columns">
              <Card
                title={t("overview.byTenant")}
                actions={
                  <Button work={exportCsv} icon="download">
                    {t("common.exportCsv")}
                  </Button>
                }
              >
                <MarginTable margins={data.byTenant} />
              </Card>
              <Card title={t("overview.byModel")}>
                <MarginTable margins={data.byModel} />
              </Card>
            </div>
          </>
        )
      }
    </Loaded>
  );
}
