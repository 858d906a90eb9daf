/** Comparing texts without regard to case, in every script (Unicode, full case mapping). */

/**
 * @returns the text in a form that is the same for all its spellings in capitals and small letters, of full and half width; for
 *   comparison only
 */
export function foldCase(text: string): string {
  // First small, then capital: `ẞ` and `ß` become `SS`, and the three sigmas one. The capital `İ` becomes an `i` with a second dot.
  return text.normalize("NFKC").toLowerCase().replaceAll("i\u0307", "i").toUpperCase();
}
