/** Lists as CSV: requested by `Accept`, and written page by page, so that no list is ever whole in memory. */
import type { AppContext } from "../../context.ts";
import { acceptWeight } from "../../lib/accept.ts";
import { utf8Length } from "../../lib/byte-limit.ts";
import { CSV_CONTENT_TYPE, type CsvCell, csvRow } from "../../lib/csv.ts";
import { logEvent } from "../../lib/log.ts";
import { respondFile } from "./text-stream.ts";

/** Rows of one page of an export: enough to make few calls, few enough to hold. */
export const EXPORT_PAGE = 1_000;

/** Most bytes and most pages of one export: a page may be empty. Beyond them, the caller asks for shorter ranges of time. */
const EXPORT_BYTES = 64 * 1024 * 1024;
const EXPORT_PAGES = 2_000;

/** One page of a list, which may be empty, and where the next one begins; null at the end. */
export interface ListPage<T, Place> {
  readonly items: readonly T[];
  readonly next: Place | null;
}

/** True if the caller prefers CSV to JSON (RFC 9110, section 12.5.1). */
export function wantsCsv(c: AppContext): boolean {
  const accept = c.req.header("accept");
  const weight = acceptWeight(accept, "text/csv");
  return weight > 0 && weight >= acceptWeight(accept, "application/json");
}

/**
 * Streams a list as CSV. An error of the first page still has a status; a later page that fails, or one too many, breaks
 * off the transfer, so that a part cannot be mistaken for the whole.
 *
 * @param start where the first page begins
 */
export async function respondCsv<T, Place>(
  c: AppContext,
  { name, header, row }: { name: string; header: readonly string[]; row: (item: T) => readonly CsvCell[] },
  fetchPage: (place: Place | null) => Promise<ListPage<T, Place>>,
  start: Place | null,
): Promise<Response> {
  const first = await fetchPage(start);
  async function* texts(): AsyncGenerator<string, void, undefined> {
    let text = csvRow(header);
    let bytes = 0;
    let pages = 0;
    for (let page: ListPage<T, Place> | null = first; page !== null; text = "") {
      text += page.items.map((item) => csvRow(row(item))).join("");
      bytes += utf8Length(text);
      pages += 1;
      if (bytes > EXPORT_BYTES || pages > EXPORT_PAGES) {
        logEvent("warn", "export-too-large", { requestId: c.get("requestId"), name, bytes, pages });
        throw new RangeError("the export is too large");
      }
      if (text !== "") yield text;
      page = page.next === null ? null : await fetchPage(page.next);
    }
  }
  return respondFile(c, { name: `${name}.csv`, contentType: CSV_CONTENT_TYPE }, texts());
}
