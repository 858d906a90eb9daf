/** The first page: what is left, what this month cost, what was made last. */
import { t } from "../i18n/t.ts";
import { formatNumber, lastDays } from "../lib/format.ts";
import type { PortalAccount, TaskList, Usage } from "../lib/types.ts";
import { daysOf } from "../lib/usage-days.ts";
import { Gallery } from "../tasks/gallery.tsx";
import { LinkButton } from "../ui/button.tsx";
import { DayChart } from "../ui/day-chart.tsx";
import { Card, Empty, Facts, Loaded, Notice, PageHead, Stat, Stats } from "../ui/parts.tsx";
import { useData, useLoad } from "../ui/use-data.ts";
import type { PortalContext } from "./context.ts";

const LATEST = 8;

/** Shows the account: balance, limits, this month's use. */
export function HomePage({ api, account: known }: PortalContext) {
  const range = lastDays(30);
  // Asked again: the balance moves.
  const account = useLoad("home", (signal) => api.get<PortalAccount>("/account", {}, signal));
  const usage = useData<Usage>(api, "/usage", { ...range, groupBy: "day" });
  const latest = useData<TaskList>(api, "/tasks", { limit: LATEST });
  return (
    <>
      <PageHead title={known.name} actions={<LinkButton href="#/statement">{t("money.statement")}</LinkButton>} />
      <Loaded of={account}>{(data) => <Figures account={data} />}</Loaded>
      <Card title={t("portal.creditsADayUtc")}>
        <Loaded of={usage}>
          {(data) => {
            const days = daysOf(data, range);
            return (
              <DayChart
                title={t("portal.creditsADay")}
                days={days.map(({ day }) => day)}
                href={(day) => `#/usage?from=${day}&to=${day}&groupBy=model`}
                series={[{ name: t("portal.creditsSeries"), color: 1, values: days.map(({ credits }) => credits) }]}
              />
            );
          }}
        </Loaded>
      </Card>
      <Card title={t("portal.latest")} actions={<LinkButton href="#/tasks">{t("portal.seeAll")}</LinkButton>}>
        <Loaded of={latest}>
          {({ tasks }) =>
            tasks.length > 0 ? (
              <Gallery tasks={tasks} href={({ taskId }) => `#/tasks/${taskId}`} />
            ) : (
              <Empty title={t("portal.nothing")}>
                <p>{t("portal.nothingText")}</p>
                <LinkButton href="#/keys" kind="primary">
                  {t("portal.makeKey")}
                </LinkButton>
              </Empty>
            )
          }
        </Loaded>
      </Card>
      <Loaded of={account}>{(data) => <Limits account={data} />}</Loaded>
    </>
  );
}

type OfAccount = { readonly account: PortalAccount };

function Figures({ account }: OfAccount) {
  const { balance, billing, limits, usage, runningTasks } = account;
  return (
    <>
      <LowBalance account={account} />
      <Stats>
        <Stat
          label={t("portal.balance")}
          value={formatNumber(balance)}
          note={t(billing === "prepaid" ? "portal.creditsPrepaid" : "portal.credits")}
          href="#/credits"
        />
        <Stat
          label={t("portal.thisMonth")}
          value={formatNumber(usage.credits)}
          note={
            limits.monthlyCredits === null
              ? t("portal.creditsSpent")
              : t("portal.ofCredits", { count: limits.monthlyCredits })
          }
          href="#/usage"
        />
        <Stat label={t("portal.tasksThisMonth")} value={formatNumber(usage.tasks)} href="#/tasks" />
        <Stat
          label={t("portal.runningNow")}
          value={formatNumber(runningTasks)}
          note={t("portal.atMost", { count: limits.concurrentTasks })}
        />
      </Stats>
    </>
  );
}

function LowBalance({ account: { billing, balance, limits } }: OfAccount) {
  if (billing !== "prepaid") return null;
  if (balance <= 0) return <Notice tone="bad">{t("portal.usedUp")}</Notice>;
  return limits.lowBalance !== null && balance < limits.lowBalance ? (
    <Notice tone="warn">{t("portal.low", { count: balance })}</Notice>
  ) : null;
}

function Limits({ account: { limits, filesVisibility } }: OfAccount) {
  const { retentionDays, monthlyCredits } = limits;
  return (
    <Card title={t("portal.limits")}>
      <Facts
        entries={[
          [t("portal.requestsPerMinute"), formatNumber(limits.requestsPerMinute)],
          [t("portal.tasksAtOnce"), formatNumber(limits.concurrentTasks)],
          [t("portal.creditsAMonth"), monthlyCredits === null ? t("portal.noCap") : formatNumber(monthlyCredits)],
          [t("portal.models"), limits.models?.join(", ") ?? t("portal.all")],
          [
            t("portal.filesKept"),
            retentionDays === 0 ? t("portal.untilDeleted") : t("portal.days", { count: retentionDays }),
          ],
          [t("portal.fileUrls"), t(filesVisibility === "signed" ? "portal.signed" : "portal.public")],
        ]}
      />
    </Card>
  );
}
