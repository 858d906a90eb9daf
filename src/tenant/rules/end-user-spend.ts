/**
 * What an end user has used today and this month (UTC), for its caps. The part that is folded into usage is a look-up in an index;
 * the rest is added up once for all end users, then kept up to date in memory. So a submission costs the same however many end
 * users there are, and nothing more is written for it.
 */
import { dayNumber, monthStart } from "../../domain/calendar.ts";
import { taskIdTime } from "../../domain/task-id.ts";
import type { DayOfEndUser, UsageStore } from "../store/usage.ts";

/** Use of one end user; holds of running tasks are included. */
export interface EndUserUse {
  readonly todayCredits: number;
  readonly monthCredits: number;
  readonly todayTasks: number;
}

type DaySum = Pick<DayOfEndUser, "day" | "tasks" | "credits">;

/** What is not folded yet: as many end users as had entries since, which a report folds every minute. */
interface Unfolded {
  /** The last entry that is folded. */
  readonly after: number;
  readonly byEndUser: Map<string, Map<number, DaySum>>;
}

/** Sums of end users. */
export class EndUserSpend {
  readonly #usage: UsageStore;
  #unfolded: Unfolded | null = null;

  constructor(usage: UsageStore) {
    this.#usage = usage;
  }

  /** @returns what the end user's tasks of the day and of the month of `now` cost; `now` in ms since epoch */
  used(endUser: string, now: number): EndUserUse {
    const today = dayNumber(now);
    const firstDay = dayNumber(monthStart(now));
    const recent = this.#current().byEndUser.get(endUser)?.values() ?? [];
    let [todayCredits, monthCredits, todayTasks] = [0, 0, 0];
    for (const { day, tasks, credits } of [...this.#usage.ofEndUser(endUser, firstDay), ...recent]) {
      if (day < firstDay) continue;
      monthCredits += credits;
      if (day !== today) continue;
      todayCredits += credits;
      todayTasks += tasks;
    }
    return { todayCredits, monthCredits, todayTasks };
  }

  /** Adds what an entry of a task changes: `credits` more (less if negative) and `tasks` more. */
  add(taskId: number, endUser: string | null, credits: number, tasks: number): void {
    if (endUser === null || this.#unfolded === null) return;
    addDay(this.#unfolded.byEndUser, { endUser, day: dayNumber(taskIdTime(taskId)), tasks, credits });
  }

  /** Drops the sums. Call it after a transaction was undone. */
  clearCache(): void {
    this.#unfolded = null;
  }

  #current(): Unfolded {
    const after = this.#usage.foldedEntry();
    if (this.#unfolded?.after !== after) {
      const byEndUser: Unfolded["byEndUser"] = new Map();
      for (const sum of this.#usage.unfoldedOfEndUsers()) addDay(byEndUser, sum);
      this.#unfolded = { after, byEndUser };
    }
    return this.#unfolded;
  }
}

function addDay(byEndUser: Unfolded["byEndUser"], { endUser, day, tasks, credits }: DayOfEndUser): void {
  const days = byEndUser.get(endUser) ?? new Map<number, DaySum>();
  const known = days.get(day) ?? { day, tasks: 0, credits: 0 };
  byEndUser.set(endUser, days.set(day, { day, tasks: known.tasks + tasks, credits: known.credits + credits }));
}
