/** Usage: a chart of days, and sums by day, model, key or end user. */
import type { Api } from "./api.ts";
import { columnChart } from "./charts.ts";
import { type Child, fill, h } from "./dom.ts";
import { choiceField, textField } from "./form.ts";
import { formatDay, formatNumber, lastDays } from "./format.ts";
import { listSetting, setListSettings } from "./router.ts";
import type { Usage, UsageRow } from "./types.ts";
import { button, card, cardTitle, empty, loading, save, table } from "./ui.ts";
import { daysOf } from "./usage-days.ts";

const GROUPS = [
  ["day", "by day"],
  ["model", "by model"],
  ["key", "by key"],
  ["endUser", "by end user"],
] as const;

/** Whose usage is shown, and the name of its export. */
export interface UsageViewOptions {
  readonly api: Api;
  readonly path: string;
  /** Of the export, without `.csv`. */
  readonly fileName: string;
}

/** Shows usage as charts and a table, with an export. */
export function usageView({ api, path, fileName }: UsageViewOptions): Node {
  const month = lastDays(30);
  const from = textField("from", "From", listSetting("from") || month.from, { type: "date" });
  const to = textField("to", "To", listSetting("to") || month.to, { type: "date" });
  const groupBy = choiceField("groupBy", "Sums", GROUPS, listSetting("groupBy") || "day");
  const place = h("div");
  const query = () => ({ from: from.value(), to: to.value(), groupBy: groupBy.value() });
  const draw = () =>
    fill(
      place,
      loading(async () => show(await api.get<Usage>(path, query()), { from: from.value(), to: to.value() })),
    );
  for (const field of [from, to, groupBy])
    field.input.addEventListener("change", () => {
      setListSettings(query());
      draw();
    });
  draw();
  const exportButton = button(
    "Export CSV",
    async () => save(await api.csv(path, query()), `${fileName}-by-${groupBy.value()}.csv`),
    { icon: "download" },
  );
  return card(
    cardTitle("Usage", exportButton),
    h(
      "div",
      { class: "filters" },
      [from, to, groupBy].map(({ element }) => element),
    ),
    place,
  );
}

function show(usage: Usage, range: { from: string; to: string }): Child {
  if (usage.rows.length === 0)
    return empty("No tasks in these days", "Choose other days, or come back when something has been generated.");
  const days = usage.groupBy === "day" && range.from && range.to ? daysOf(usage, range) : [];
  const chart =
    days.length > 1 &&
    days.length <= 400 &&
    columnChart({
      title: "Tasks a day by how they ended",
      labels: days.map(({ day }) => formatDay(day)),
      series: [
        { name: "Completed", color: 1, values: days.map(({ completed }) => completed) },
        { name: "Cancelled", color: 2, values: days.map(({ cancelled }) => cancelled) },
        { name: "Failed", color: 3, values: days.map(({ failed }) => failed) },
      ],
    });
  return [
    chart,
    table<UsageRow>(
      [
        { title: GROUP_TITLES[usage.groupBy], value: (row) => groupOf(row, usage.groupBy), long: true },
        { title: "Tasks", value: ({ tasks }) => formatNumber(tasks), numeric: true },
        { title: "Completed", value: ({ completed }) => formatNumber(completed), numeric: true },
        { title: "Failed", value: ({ failed }) => formatNumber(failed), numeric: true },
        { title: "Running", value: ({ running }) => formatNumber(running), numeric: true },
        { title: "Credits", value: ({ credits }) => formatNumber(credits), numeric: true },
      ],
      usage.groupBy === "day" ? usage.rows.toReversed() : usage.rows,
    ),
  ];
}

const GROUP_TITLES = { day: "Day", model: "Model", key: "Key", endUser: "End user" } as const;

function groupOf(row: UsageRow, groupBy: Usage["groupBy"]): Child {
  if (groupBy === "day") return row.day ?? "";
  if (groupBy === "key") return [row.keyName || "–", h("small", { class: "block faint mono" }, row.key)];
  return row[groupBy] ?? h("span", { class: "faint" }, "none");
}
