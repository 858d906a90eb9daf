/** Cursors of lists: where the next page begins, as opaque text. */
import * as z from "zod/mini";
import { decodeBase64Url, decodeUtf8Strict, encodeBase64Url, utf8 } from "../lib/bytes.ts";
import { once } from "../lib/once.ts";
import { parsedText } from "./fields.ts";

/** Message for a text that is not a cursor. */
export const NO_CURSOR = "is not a cursor of this list";
/** Longest cursor: the name of an end user has up to 800 bytes. */
const MAX_CURSOR = 2_000;

/** The parameter `cursor` of a list. */
export const nextPage = <S extends z.ZodMiniType>(cursor: S) =>
  z.optional(cursor).check(z.describe("`nextCursor` of the previous page."));

/** A cursor of a list in the order of ids: the id after which the next page begins. */
export const idCursor = once(() =>
  z
    .pipe(z.string().check(z.regex(/^\d{1,16}$/, NO_CURSOR)), z.transform(Number))
    .check(z.refine(Number.isSafeInteger, NO_CURSOR), z.describe("`nextCursor` of the previous page.")),
);

/** Cursor behind an empty value, such as the group of usage without an end user: an empty one would look like the end of the list. */
const EMPTY_CURSOR = "-";

/** A cursor of a list in the order of values: the value after which the next page begins. */
export const valueCursor = once(() =>
  parsedText((text) => {
    if (text === EMPTY_CURSOR) return "";
    const bytes = text.length > MAX_CURSOR ? null : decodeBase64Url(text);
    return bytes && decodeUtf8Strict(bytes);
  }, NO_CURSOR),
);

/** The cursor for the page after the row with this value. */
export function formatValueCursor(value: string | number): string {
  return encodeBase64Url(utf8(String(value))) || EMPTY_CURSOR;
}
