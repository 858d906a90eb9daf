/** Choosing the index with the fewest entries, of several that would all do. */

/** Entries that are counted in each index at most, then if all have as many. */
const COUNTED = [8, 64, 512] as const;

/**
 * Returns the choice with the fewest entries, the first of equal ones; undefined if there are none. Costs in proportion to the entries
 * of that choice, because large indexes are not counted to their end.
 *
 * @param count returns the entries of a choice, or `most` if there are more
 */
export function rarest<T>(choices: readonly T[], count: (choice: T, most: number) => number): T | undefined {
  let best = choices[0];
  if (choices.length < 2) return best;
  for (const most of COUNTED) {
    const counts = choices.map((choice) => count(choice, most));
    const fewest = Math.min(...counts);
    best = choices[counts.indexOf(fewest)];
    if (fewest < most) return best;
  }
  return best;
}
