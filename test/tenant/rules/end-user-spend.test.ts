import { describe, expect, it } from "vitest";
import { firstTaskIdAt } from "../../../src/domain/task-id.ts";
import { EndUserSpend } from "../../../src/tenant/rules/end-user-spend.ts";
import type { UsageStore, UsageSums } from "../../../src/tenant/store/usage.ts";
import type { TimeRange } from "../../../src/tenant/store/usage-range.ts";

interface Task {
  readonly at: number;
  readonly endUser: string;
  readonly credits: number;
}

/** Sums what is on disk, and counts how often it is asked. */
class Disk {
  reads = 0;
  readonly #tasks: readonly Task[];

  constructor(tasks: readonly Task[]) {
    this.#tasks = tasks;
  }

  ofEndUsers({ from, to }: TimeRange, first: string, last: string): Map<string, UsageSums> {
    this.reads += 1;
    const sums = new Map<string, UsageSums>();
    for (const { at, endUser, credits } of this.#tasks) {
      if (at < from || at > to || endUser < first || endUser > last) continue;
      const before = sums.get(endUser) ?? { tasks: 0, credits: 0, completed: 0, failed: 0, cancelled: 0 };
      sums.set(endUser, { ...before, tasks: before.tasks + 1, credits: before.credits + credits });
    }
    return sums;
  }
}

const at = (time: string) => Date.parse(`2026-11-${time}Z`);
const spendOf = (disk: Disk) => new EndUserSpend(disk as unknown as UsageStore);

describe("EndUserSpend", () => {
  it("counts by UTC day and month, and begins anew with each", () => {
    const spend = spendOf(
      new Disk([
        { at: Date.parse("2026-10-31T23:59:59Z"), endUser: "ann", credits: 1 },
        { at: at("01T00:00:00"), endUser: "ann", credits: 10 },
        { at: at("29T23:59:59"), endUser: "ann", credits: 100 },
        { at: at("30T00:00:00"), endUser: "ann", credits: 1_000 },
        { at: at("30T12:00:00"), endUser: "bob", credits: 5 },
      ]),
    );
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
    const { reads } = disk;
    spend.add(firstTaskIdAt(now), "ann", 7, 1);
    spend.add(firstTaskIdAt(at("29T12:00:00")), "ann", 20, 0);
    spend.add(firstTaskIdAt(Date.parse("2026-10-30T12:00:00Z")), "ann", 300, 0);
    spend.add(firstTaskIdAt(now), "bob", 9, 1);
    spend.add(firstTaskIdAt(now), null, 9, 1);
    expect(spend.used("ann", now + 1)).toMatchObject({ todayCredits: 7, monthCredits: 27, todayTasks: 1 });
    expect(disk.reads).toBe(reads);
    spend.clearCache();
    expect(spend.used("ann", now)).toMatchObject({ todayCredits: 0 });
  });

  it("keeps a bounded number of end users in memory", () => {
    const disk = new Disk([]);
    const spend = spendOf(disk);
    const now = at("30T12:00:00");
    for (let index = 0; index < 1_001; index += 1) spend.used(`user ${index}`, now);
    const { reads } = disk;
    spend.used("user 1000", now);
    expect(disk.reads).toBe(reads);
    spend.used("user 0", now);
    expect(disk.reads).toBeGreaterThan(reads);
  });
});
