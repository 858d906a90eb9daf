/** The sections of docs/cost.md. */
import { ASSUMED_SECONDS, type BillLine, billOf, type Cost, type Costs, TYPICAL } from "./cost.ts";
import { number, type Section } from "./section.ts";
import { viewCosts } from "./view-cost.ts";

const COUNTED: readonly (readonly [string, (cost: Cost) => number])[] = [
  ["Worker requests", (cost) => cost.workerRequests],
  ["requests to objects", (cost) => cost.objectRequests],
  ["alarms that fired", (cost) => cost.alarms],
  ["alarms set (each billed as a row written)", (cost) => cost.alarmsSet],
  ["rows written by statements, indexes included", (cost) => cost.rowsWritten],
  ["**billed rows written**", (cost) => cost.rowsWritten + cost.alarmsSet],
  ["rows read", (cost) => cost.rowsRead],
  ["R2 writes and lists (class A)", (cost) => cost.r2Writes],
  ["R2 reads (class B)", (cost) => cost.r2Reads],
  ["lines of the log", (cost) => cost.logLines],
  ["queries of the upstream", (cost) => cost.polls],
];

const short = (value: number) => number(value, Number.isInteger(value) ? 0 : 1);

/** Lists of named amounts as rows of one table. */
function beside(lists: readonly (readonly (readonly [string, number])[])[]): string[][] {
  const names = new Set(lists.flat().map(([name]) => name));
  const of = (list: readonly (readonly [string, number])[], name: string) =>
    short(list.find(([other]) => other === name)?.[1] ?? 0);
  return [...names].map((name) => [`\`${name}\``, ...lists.map((list) => of(list, name))]);
}

/** The sections of docs/cost.md. */
export function costSections({ alone, amongTen, cached }: Costs): Section[] {
  const columns = [
    { name: "alone", cost: alone },
    { name: "one of ten in a minute", cost: amongTen },
    { name: "alone, files behind the edge cache", cost: cached },
  ].flatMap(({ name, cost }) => (cost === null ? [] : [{ name, cost, bill: billOf(cost) }]));
  const { generateSeconds, queries, views } = TYPICAL;
  const { submission, poll, copy } = ASSUMED_SECONDS;
  const names = columns.map(({ name }) => name);
  const head = ["a task", ...names];
  const sum = (bill: readonly BillLine[]) => bill.reduce((total, { quantity, price }) => total + quantity * price, 0);
  return [
    {
      title: "Counted",
      note: `One video of ${generateSeconds} s, ${queries} queries by the client, one file, ${views} views.`,
      head,
      rows: COUNTED.map(([name, of]) => [name, ...columns.map(({ cost }) => short(of(cost)))]),
    },
    {
      title: "Rows written",
      note: "By object, statement and table.",
      head,
      rows: beside(columns.map(({ cost }) => cost.rowsByStatement)),
    },
    {
      title: "Requests to objects",
      note: "By method.",
      head,
      rows: beside(columns.map(({ cost }) => cost.requestsByMethod)),
    },
    {
      title: "The bill for a million",
      note:
        `In dollars, at list price, with nothing deducted of what is included. An object is billed while a call is in it: ${submission} s ` +
        `for the upstream's response to a submission, ${poll} s a query of it and ${copy} s a copy are assumed, because the ` +
        "upstream of this measurement responds at once. A request to the cache is billed as one of a Worker, also a hit.",
      head: ["", "$ a million", ...names],
      rows: [
        ...billOf(alone).map(({ what, price }, index) => [
          what,
          String(price),
          ...columns.map(({ bill }) => number((bill[index]?.quantity ?? 0) * price, 2)),
        ]),
        ["**sum**", "", ...columns.map(({ bill }) => `**${number(sum(bill), 2)}**`)],
      ],
    },
    viewCosts(),
  ];
}
