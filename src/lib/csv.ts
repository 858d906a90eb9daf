/** CSV as in RFC 4180, safe to open in a spreadsheet. */

/** A value of a cell; null is an empty cell. */
export type CsvCell = string | number | bigint | boolean | null;

/** Content-Type of a CSV response. */
export const CSV_CONTENT_TYPE = "text/csv; charset=utf-8; header=present";

// What makes a spreadsheet read a text as a formula (OWASP, "CSV injection").
const FORMULA = /^[=+\-@\t\r\n]/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/** One record with its CRLF. Null is an empty cell; numbers stay as they are, so negative ones can be added up. */
export function csvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
