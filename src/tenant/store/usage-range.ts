/** Ranges of usage: whole days, which sums have, and the parts of days that a range cuts. */
import { DAY_MS, dayNumber } from "../../domain/calendar.ts";
import { firstTaskIdAt, lastTaskIdAt } from "../../domain/task-id.ts";

/** Times in ms since epoch, both inclusive. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The same range to the end of its last day if that day is not over: nothing is later than now, and whole days are read from sums.
 *
 * @param now ms since epoch
 */
export function withWholeLastDay({ from, to }: TimeRange, now: number): TimeRange {
  return { from, to: to < now ? to : (dayNumber(to) + 1) * DAY_MS - 1 };
}

/** @returns the days that lie wholly in a range: from `firstDay` to before `endDay`, as day numbers */
export function wholeDays({ from, to }: TimeRange): { firstDay: number; endDay: number } {
  return { firstDay: Math.ceil(from / DAY_MS), endDay: dayNumber(to + 1) };
}

/** @returns the parts of a range that are no whole days: at most its beginning and its end */
export function cutDays(range: TimeRange): TimeRange[] {
  const { firstDay, endDay } = wholeDays(range);
  if (firstDay >= endDay) return [range];
  const edges = [
    { from: range.from, to: firstDay * DAY_MS - 1 },
    { from: endDay * DAY_MS, to: range.to },
  ];
  return edges.filter(({ from, to }) => from <= to);
}

/** @returns the first and the last id that a task of this range can have */
export function idsOf({ from, to }: TimeRange): [number, number] {
  return [firstTaskIdAt(from), lastTaskIdAt(to)];
}
