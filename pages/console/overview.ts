/** What all tenants do together: today, over the last days, and what is in trouble. */
import type { Api } from "../lib/api.ts";
import { barList, columnChart } from "../lib/charts.ts";
import { type Child, fill, h } from "../lib/dom.ts";
import { formatCompact, formatDay, formatNumber, sentence } from "../lib/format.ts";
import type { Overview } from "../lib/types.ts";
import { badge, card, cardTitle, empty, loading, pageHead, stat, stats, when } from "../lib/ui.ts";

const RANGES = [7, 30, 90] as const;

/** Shows totals over all tenants, master keys and problems. */
export function overviewPage(api: Api): Node {
  const place = h("div");
  const buttons = RANGES.map((days) =>
    h("button", { type: "button", class: "segment", onclick: () => choose(days) }, `${days} days`),
  );
  const choose = (days: (typeof RANGES)[number]) => {
    for (const [index, one] of buttons.entries()) one.setAttribute("aria-pressed", String(RANGES[index] === days));
    fill(
      place,
      loading(async () => show(await api.get<Overview>("/overview", { days }), days)),
    );
  };
  choose(30);
  return h(
    "div",
    {},
    pageHead("Overview", h("div", { class: "segments", role: "group", "aria-label": "Range" }, buttons)),
    place,
  );
}

function show(overview: Overview, range: number): Child {
  const { days, tenants, balance, totals } = overview;
  const sum = (name: "tasks" | "credits" | "completed" | "failed") => days.reduce((all, day) => all + day[name], 0);
  const ended = sum("completed") + sum("failed");
  if (tenants.total === 0) {
    return empty(
      "No tenants yet",
      "A tenant is a customer of yours: it gets keys, limits and a balance of its own.",
      h("a", { class: "button primary", href: "#/tenants" }, "Create the first tenant"),
    );
  }
  const labels = days.map(({ day }) => formatDay(day));
  return [
    stats(
      stat("Running now", formatNumber(overview.runningTasks), `${formatNumber(overview.creditsHeld)} credits held`),
      stat(`Tasks in ${range} days`, formatNumber(sum("tasks")), `${formatCompact(totals.tasks)} of all time`),
      stat(`Credits in ${range} days`, formatNumber(sum("credits")), `${formatCompact(totals.credits)} of all time`),
      stat(
        "Completed",
        ended === 0 ? "–" : `${((sum("completed") / ended) * 100).toFixed(1)} %`,
        `${formatNumber(sum("failed"))} failed`,
      ),
      stat(
        "Tenants",
        formatNumber(tenants.active),
        tenants.suspended > 0 ? `${formatNumber(tenants.suspended)} suspended` : "all active",
      ),
      stat("Prepaid balance", formatNumber(balance.prepaid), "credits not spent yet"),
    ),
    card(
      cardTitle("Tasks a day (UTC)"),
      columnChart({
        title: "Tasks a day by how they ended",
        labels,
        series: [
          { name: "Completed", color: 1, values: days.map(({ completed }) => completed) },
          {
            name: "Running",
            color: 4,
            values: days.map((day) => Math.max(0, day.tasks - day.completed - day.failed - day.cancelled)),
          },
          { name: "Cancelled", color: 2, values: days.map(({ cancelled }) => cancelled) },
          { name: "Failed", color: 3, values: days.map(({ failed }) => failed) },
        ],
      }),
    ),
    card(
      cardTitle("Credits a day (UTC)"),
      columnChart({
        title: "Credits a day",
        labels,
        series: [{ name: "Credits", color: 1, values: days.map(({ credits }) => credits) }],
      }),
    ),
    h(
      "div",
      { class: "columns" },
      card(
        cardTitle("Who spends most"),
        overview.topTenants.length === 0
          ? h("p", { class: "faint" }, "Nobody has spent anything in these days.")
          : barList(
              overview.topTenants.map(({ tenantId, name, credits, tasks }) => ({
                label: h("a", { href: `#/tenants/${tenantId}` }, name),
                value: credits,
                note: `credits, ${formatNumber(tasks)} ${tasks === 1 ? "task" : "tasks"}`,
              })),
            ),
      ),
      card(cardTitle("Health"), healthList(overview)),
    ),
  ];
}

function healthList({ masterKeys, copiesWaiting, deliveriesWaiting, webhooksDisabled, problems }: Overview): Node {
  const line = (name: Child, value: Child) => h("li", {}, h("span", {}, name), value);
  return h(
    "ul",
    { class: "lines" },
    masterKeys.map(({ id, ok, code, retryAt }, index) =>
      line(
        [h("span", {}, `Master key ${index + 1} `), h("code", { class: "faint" }, id)],
        ok
          ? badge("usable", "good")
          : h(
              "span",
              {},
              badge(TROUBLE[code ?? 0] ?? `code ${code}`, "bad"),
              " ",
              retryAt && [h("small", { class: "faint" }, "again "), when(retryAt)],
            ),
      ),
    ),
    line("Files being copied", formatNumber(copiesWaiting)),
    line("Webhooks waiting", formatNumber(deliveriesWaiting)),
    line("Webhook endpoints turned off", webhooksDisabled > 0 ? badge(formatNumber(webhooksDisabled), "warn") : "0"),
    problems.map(({ kind, lastAt }) => line(sentence(kind), h("span", {}, badge("logged", "warn"), " ", when(lastAt)))),
  );
}

const TROUBLE: Readonly<Record<number, string>> = {
  20001: "refused",
  20002: "refused",
  20008: "refused",
  60001: "out of credits",
};
