/** The first page: what is left, what this month cost, what was made last. */
import { columnChart } from "../lib/charts.ts";
import { h } from "../lib/dom.ts";
import { formatDay, formatNumber, lastDays } from "../lib/format.ts";
import type { PortalAccount, TaskList, Usage } from "../lib/types.ts";
import { card, cardTitle, empty, facts, loading, notice, pageHead, stat, stats } from "../lib/ui.ts";
import { daysOf } from "../lib/usage-days.ts";
import type { PortalContext } from "./context.ts";
import { gallery } from "./gallery.ts";

/** Shows the account: balance, limits, this month's use. */
export function homePage({ api }: PortalContext): Node {
  return h(
    "div",
    {},
    loading(async () => {
      const range = lastDays(30);
      const [account, usage, { tasks }] = await Promise.all([
        // Asked again: the balance moves.
        api.get<PortalAccount>("/account"),
        api.get<Usage>("/usage", { ...range, groupBy: "day" }),
        api.get<TaskList>("/tasks", { limit: 8 }),
      ]);
      const days = daysOf(usage, range);
      return [
        pageHead(account.name),
        lowBalance(account),
        stats(
          stat(
            "Balance",
            formatNumber(account.balance),
            account.billing === "prepaid" ? "credits, prepaid" : "credits",
          ),
          stat(
            "This month",
            formatNumber(account.usage.credits),
            account.limits.monthlyCredits === null
              ? "credits spent"
              : `of ${formatNumber(account.limits.monthlyCredits)} credits`,
          ),
          stat("Tasks this month", formatNumber(account.usage.tasks)),
          stat(
            "Running now",
            formatNumber(account.runningTasks),
            `at most ${formatNumber(account.limits.concurrentTasks)} at once`,
          ),
        ),
        card(
          cardTitle("Credits a day (UTC)"),
          columnChart({
            title: "Credits a day",
            labels: days.map(({ day }) => formatDay(day)),
            series: [{ name: "Credits", color: 1, values: days.map(({ credits }) => credits) }],
          }),
        ),
        card(
          cardTitle("Latest tasks", tasks.length > 0 && h("a", { class: "button", href: "#/tasks" }, "See all")),
          tasks.length > 0
            ? gallery(tasks)
            : empty(
                "Nothing yet",
                "Make a key, call the API, and what you generate appears here.",
                h("a", { class: "button primary", href: "#/keys" }, "Make a key"),
              ),
        ),
        card(
          cardTitle("Your limits"),
          facts([
            ["Requests a minute", formatNumber(account.limits.requestsPerMinute)],
            ["Tasks at once", formatNumber(account.limits.concurrentTasks)],
            [
              "Credits a month",
              account.limits.monthlyCredits === null ? "no cap" : formatNumber(account.limits.monthlyCredits),
            ],
            ["Models", account.limits.models?.join(", ") ?? "all"],
            [
              "Files are kept",
              account.limits.retentionDays === 0 ? "until you delete them" : `${account.limits.retentionDays} days`,
            ],
            ["File URLs", account.filesVisibility === "signed" ? "expire after a day" : "work for whoever has them"],
          ]),
        ),
      ];
    }),
  );
}

function lowBalance({ billing, balance, limits }: PortalAccount): Node | null {
  if (billing !== "prepaid") return null;
  if (balance <= 0)
    return notice("bad", "Your credits are used up: nothing more can be generated until there are new ones.");
  return limits.lowBalance !== null && balance < limits.lowBalance
    ? notice("warn", `Your balance is low: ${formatNumber(balance)} credits are left.`)
    : null;
}
