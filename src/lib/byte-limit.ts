/** How much one page of a list, one export or one batch may hold: each ends by bytes as well as by count (docs/design.md, rule 13). */

/** Just below the 4 MiB that the contract (section 4) allows a page, with its envelope. */
const PAGE_BYTES = 4 * 1024 * 1024 - 64 * 1024;

/** Counts the bytes of items until a page is full. */
export class ByteLimit {
  #left: number;
  #isFirst = true;

  /** @param bytes for all items together */
  constructor(bytes = PAGE_BYTES) {
    this.#left = bytes;
  }

  /** @returns whether so many more bytes fit, and then counts them; the first item always fits, so that every page goes on */
  takes(bytes: number): boolean {
    this.#left -= bytes;
    const fits = this.#left >= 0 || this.#isFirst;
    this.#isFirst = false;
    return fits;
  }
}

/** @returns the bytes of a text in UTF-8 */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // Each half of a surrogate pair counts two: four bytes in all.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** @returns about how many bytes a row has as JSON: its texts, and a little for each column */
export function rowBytes(row: object): number {
  let bytes = 0;
  for (const value of Object.values(row)) bytes += 24 + (typeof value === "string" ? utf8Length(value) : 0);
  return bytes;
}
