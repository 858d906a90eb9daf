/** A table with a line before it, as plain text for the terminal and as Markdown for docs/. */
import { formatTable } from "../scripts/table.ts";

/** One table, with a line before it. */
export interface Section {
  readonly title: string;
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Returns a number with so many digits, or a dash for one that was not measured. */
export const number = (value: number, digits: number) => (Number.isFinite(value) ? value.toFixed(digits) : "–");

/** Returns a section as text for a terminal. */
export function asText({ title, note, head, rows }: Section): string {
  const plain = (cell: string) => cell.replaceAll(/[*`]/g, "");
  const table = formatTable(
    head,
    rows.map((row) => row.map(plain)),
    head.map((_, column) => (column === 0 ? "left" : "right")),
  );
  return `\n${title.toUpperCase()}\n${note === "" ? "" : `${plain(note)}\n`}${table}`;
}

/** Returns a section as Markdown for a page of the docs. */
export function asMarkdown({ title, note, head, rows }: Section): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [`### ${title}`, "", ...(note === "" ? [] : [note, ""]), line(head), line(rule), ...rows.map(line), ""].join(
    "\n",
  );
}
