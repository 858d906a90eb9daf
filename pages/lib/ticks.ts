/** Round numbers for the axis of a chart. */

const STEPS = [1, 2, 5, 10];

/** @returns three to six round values, evenly spaced, the first not above `min` (≤ 0) and the last not below `max` (≥ 0) */
export function niceTicks(min: number, max: number): number[] {
  const span = Math.max(max - min, 2);
  const power = 10 ** Math.floor(Math.log10(span / 4));
  // Whole numbers: half a task means nothing.
  const step = Math.max(1, (STEPS.find((factor) => factor * power >= span / 4) ?? 10) * power);
  const first = Math.floor(min / step);
  const last = Math.max(Math.ceil(max / step), first + 2);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}
