/** Compares plain values. */

/** True if two values have the same JSON text: the same fields in the same order. For values made by the same code. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
