/**
 * What an end user has used today and this month (UTC), for its caps. It is summed from disk once per end user, day and object
 * instance, then kept up to date in memory, as `MonthlySpend` does for keys: nothing more is written for it.
 */
import { DAY_MS, dayNumber, monthStart } from "../../domain/calendar.ts";
import { firstTaskIdAt } from "../../domain/task-id.ts";
import type { UsageStore } from "../store/usage.ts";

/** Use of one end user; holds of running tasks are included. */
export interface EndUserUse {
  readonly todayCredits: number;
  readonly monthCredits: number;
  readonly todayTasks: number;
}

interface Sums {
  /** ms since epoch. */
  readonly dayStartsAt: number;
  readonly monthStartsAt: number;
  todayCredits: number;
  monthCredits: number;
  todayTasks: number;
}

/** Most end users in memory; the one that was summed first goes first. */
const MOST_END_USERS = 1_000;

/** Running sums of end users with caps. */
export class EndUserSpend {
  readonly #usage: UsageStore;
  readonly #sums = new Map<string, Sums>();

  constructor(usage: UsageStore) {
    this.#usage = usage;
  }

  /** @returns what the end user's tasks of the day and of the month of `now` cost; `now` in ms since epoch */
  used(endUser: string, now: number): EndUserUse {
    const known = this.#sums.get(endUser);
    const dayStartsAt = dayStart(now);
    if (known?.dayStartsAt === dayStartsAt) return known;
    const use = usedBy(this.#usage, { first: endUser, last: endUser }, now).get(endUser) ?? NOTHING;
    const sums = { ...use, dayStartsAt, monthStartsAt: monthStart(now) };
    this.#sums.delete(endUser);
    for (const oldest of this.#sums.keys()) {
      if (this.#sums.size < MOST_END_USERS) break;
      this.#sums.delete(oldest);
    }
    this.#sums.set(endUser, sums);
    return sums;
  }

  /** Adds what a task changes: `credits` more (less if negative) and `tasks` more. */
  add(taskId: number, endUser: string | null, credits: number, tasks: number): void {
    const sums = endUser === null ? undefined : this.#sums.get(endUser);
    if (!sums || taskId < firstTaskIdAt(sums.monthStartsAt)) return;
    sums.monthCredits += credits;
    if (taskId < firstTaskIdAt(sums.dayStartsAt)) return;
    sums.todayCredits += credits;
    sums.todayTasks += tasks;
  }

  /** Drops the sums. Call it after a transaction was undone. */
  clearCache(): void {
    this.#sums.clear();
  }
}

/** The use of an end user without any. */
export const NOTHING: EndUserUse = { todayCredits: 0, monthCredits: 0, todayTasks: 0 };

/** @returns the use of each end user of a range of names (both inclusive) that has any in the month of `now` */
export function usedBy(
  usage: UsageStore,
  { first, last }: { readonly first: string; readonly last: string },
  now: number,
): Map<string, EndUserUse> {
  // A task's id may be slightly ahead of the clock, so both ranges end later than now.
  const day = dayStart(now);
  const today = usage.ofEndUsers({ from: day, to: day + DAY_MS - 1 }, first, last);
  const month = usage.ofEndUsers({ from: monthStart(now), to: day + 2 * DAY_MS - 1 }, first, last);
  const use = [...month].map(([endUser, { credits }]): [string, EndUserUse] => {
    const { credits: todayCredits = 0, tasks: todayTasks = 0 } = today.get(endUser) ?? {};
    return [endUser, { todayCredits, monthCredits: credits, todayTasks }];
  });
  return new Map(use);
}

function dayStart(now: number): number {
  return dayNumber(now) * DAY_MS;
}
