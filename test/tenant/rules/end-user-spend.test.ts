import { describe, expect, it } from "vitest";
import { dayNumber } from "../../../src/domain/calendar.ts";
import { firstTaskIdAt } from "../../../src/domain/task-id.ts";
import { EndUserSpend } from "../../../src/tenant/rules/end-user-spend.ts";
import type { DayOfEndUser, UsageStore } from "../../../src/tenant/store/usage.ts";

interface Task {
  readonly at: number;
  readonly endUser: string;
  readonly credits: number;
}

/** What is on disk: so many of the tasks are folded. Counts how often the rest is added up. */
class Disk {
  additions = 0;
  folded: number;
  readonly #tasks: readonly Task[];

  constructor(tasks: readonly Task[], folded = tasks.length) {
    this.#tasks = tasks;
    this.folded = folded;
  }

  foldedEntry(): number {
    return this.folded;
  }

  ofEndUser(endUser: string, firstDay: number): DayOfEndUser[] {
    const folded = this.#tasks.slice(0, this.folded).map(dayOf);
    return folded.filter((sum) => sum.endUser === endUser && sum.day >= firstDay);
  }

  unfoldedOfEndUsers(): DayOfEndUser[] {
    this.additions += 1;
    return this.#tasks.slice(this.folded).map(dayOf);
  }
}

const dayOf = ({ at, endUser, credits }: Task) => ({ endUser, day: dayNumber(at), tasks: 1, credits });
const at = (time: string) => Date.parse(`2026-11-${time}Z`);
const spendOf = (disk: Disk) => new EndUserSpend(disk as unknown as UsageStore);

describe("EndUserSpend", () => {
  it.each([0, 2, 5])("counts by UTC day and month, and begins anew with each; %i of 5 tasks are folded", (folded) => {
    const tasks = [
      { at: Date.parse("2026-10-31T23:59:59Z"), endUser: "ann", credits: 1 },
      { at: at("01T00:00:00"), endUser: "ann", credits: 10 },
      { at: at("29T23:59:59"), endUser: "ann", credits: 100 },
      { at: at("30T00:00:00"), endUser: "ann", credits: 1_000 },
      { at: at("30T12:00:00"), endUser: "bob", credits: 5 },
    ];
    const spend = spendOf(new Disk(tasks, folded));
    expect(spend.used("ann", at("30T23:59:59"))).toMatchObject({
      todayCredits: 1_000,
      monthCredits: 1_110,
      todayTasks: 1,
    });
    const tomorrow = Date.parse("2026-12-01T00:00:00Z");
    expect(spend.used("ann", tomorrow)).toMatchObject({ todayCredits: 0, monthCredits: 0, todayTasks: 0 });
    expect(spend.used("nobody", tomorrow)).toMatchObject({ todayCredits: 0, monthCredits: 0, todayTasks: 0 });
  });

  it("follows changes in memory, each for the day and month of its task", () => {
    const disk = new Disk([]);
    const spend = spendOf(disk);
    const now = at("30T12:00:00");
    spend.used("ann", now);
    spend.add(firstTaskIdAt(now), "ann", 7, 1);
    spend.add(firstTaskIdAt(at("29T12:00:00")), "ann", 20, 0);
    spend.add(firstTaskIdAt(Date.parse("2026-10-30T12:00:00Z")), "ann", 300, 0);
    spend.add(firstTaskIdAt(now), "bob", 9, 1);
    spend.add(firstTaskIdAt(now), null, 9, 1);
    expect(spend.used("ann", now + 1)).toMatchObject({ todayCredits: 7, monthCredits: 27, todayTasks: 1 });
    expect(disk.additions).toBe(1);
    spend.clearCache();
    expect(spend.used("ann", now)).toMatchObject({ todayCredits: 0 });
  });

  it("adds up what is not folded once for all end users, and again after it was folded", () => {
    const disk = new Disk([{ at: at("30T12:00:00"), endUser: "user 1", credits: 5 }], 0);
    const spend = spendOf(disk);
    const now = at("30T12:00:00");
    for (let index = 0; index < 2_000; index += 1) spend.used(`user ${index}`, now);
    expect(disk.additions).toBe(1);
    disk.folded = 1;
    expect(spend.used("user 1", now)).toMatchObject({ todayCredits: 5, todayTasks: 1 });
    expect(disk.additions).toBe(2);
  });
});
