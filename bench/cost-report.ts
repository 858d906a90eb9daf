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

/** Two lists of named amounts as rows of one table. */
function beside(
  alone: readonly (readonly [string, number])[],
  amongTen: readonly (readonly [string, number])[],
): string[][] {
  const names = new Set([...alone, ...amongTen].map(([name]) => name));
  const of = (list: readonly (readonly [string, number])[], name: string) =>
    short(list.find(([other]) => other === name)?.[1] ?? 0);
  return [...names].map((name) => [`\`${name}\``, of(alone, name), of(amongTen, name)]);
}

/** The sections of docs/cost.md. */
export function costSections({ alone, amongTen: counted }: Costs): Section[] {
  const amongTen = counted ?? alone;
  const { generateSeconds, queries, views } = TYPICAL;
  const { submission, poll, copy } = ASSUMED_SECONDS;
  const head = ["a task", "alone", counted === null ? "(one of ten: not counted)" : "one of ten in a minute"];
  const bills = [billOf(alone), billOf(amongTen)] as const;
  const dollars = ({ quantity, price }: BillLine) => quantity * price;
  const sum = (bill: readonly BillLine[]) => bill.reduce((total, line) => total + dollars(line), 0);
  return [
    {
      title: "Counted",
      note: `One video of ${generateSeconds} s, ${queries} queries by the client, one file, ${views} views.`,
      head,
      rows: COUNTED.map(([name, of]) => [name, short(of(alone)), short(of(amongTen))]),
    },
    {
      title: "Rows written",
      note: "By object, statement and table.",
      head,
      rows: beside(alone.rowsByStatement, amongTen.rowsByStatement),
    },
    {
      title: "Requests to objects",
      note: "By method.",
      head,
      rows: beside(alone.requestsByMethod, amongTen.requestsByMethod),
    },
    {
      title: "The bill for a million",
      note:
        `In dollars, at list price, with nothing deducted of what is included. An object is billed while a call is in it: ${submission} s ` +
        `for the upstream's answer to a submission, ${poll} s a query of it and ${copy} s a copy are assumed, because the ` +
        "upstream of this measurement answers at once.",
      head: ["", "$ a million", ...head.slice(1)],
      rows: [
        ...bills[0].map((line, index) => {
          const other = bills[1][index] ?? line;
          return [line.what, String(line.price), number(dollars(line), 2), number(dollars(other), 2)];
        }),
        ["**sum**", "", `**${number(sum(bills[0]), 2)}**`, `**${number(sum(bills[1]), 2)}**`],
      ],
    },
    viewCosts(),
  ];
}
