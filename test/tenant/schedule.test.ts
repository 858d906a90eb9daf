import { describe, expect, it } from "vitest";
import { Schedule } from "../../src/tenant/schedule.ts";

/** The runtime's side of an alarm: what was set, and when it has reached the disk. */
class Disk {
  /** Alarms in the order in which they were set. */
  readonly alarms: number[] = [];
  readonly #unsynced: (() => void)[] = [];
  readonly storage = {
    setAlarm: async (at: number) => void this.alarms.push(at),
    sync: () => new Promise<void>((resolve) => this.#unsynced.push(resolve)),
  } as unknown as DurableObjectStorage;

  /** What was written so far is on disk. */
  async write(): Promise<void> {
    for (const resolve of this.#unsynced.splice(0)) resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

function start(): { disk: Disk; schedule: Schedule } {
  const disk = new Disk();
  return { disk, schedule: new Schedule(disk.storage, 1) };
}

describe("the alarm of a tenant's object", () => {
  it("is set for what is due first, and again only for what is due earlier", async () => {
    const { disk, schedule } = start();
    schedule.set(1, 5_000);
    await schedule.arm(0);
    await disk.write();
    schedule.set(2, 9_000);
    await schedule.arm(10);
    schedule.set(3, 2_000);
    await schedule.arm(20);
    expect(disk.alarms).toEqual([5_000, 2_000]);
  });

  it("is not moved while its last setting is on its way to disk, but right after that, and once for all", async () => {
    const { disk, schedule } = start();
    schedule.set(1, 30_000);
    await schedule.arm(0);
    schedule.set(2, 900);
    let isArmed = false;
    const armed = schedule.arm(10).then(() => {
      isArmed = true;
    });
    schedule.set(3, 500);
    const again = schedule.arm(20);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(disk.alarms).toEqual([30_000]);
    // Whoever must not go on without an alarm waits for it.
    expect(isArmed).toBe(false);
    await disk.write();
    await Promise.all([armed, again]);
    expect(disk.alarms).toEqual([30_000, 500]);
  });

  it("that has come while it was on its way to disk is set anew", async () => {
    const { disk, schedule } = start();
    schedule.set(1, 100);
    await schedule.arm(0);
    schedule.fired();
    schedule.set(1, 700);
    const armed = schedule.arm(100);
    expect(disk.alarms).toEqual([100]);
    await disk.write();
    await armed;
    expect(disk.alarms).toEqual([100, 700]);
  });

  it("that is long overdue is taken for lost, and set again", async () => {
    const { disk, schedule } = start();
    schedule.set(1, 1_000);
    await schedule.arm(0);
    await disk.write();
    await schedule.arm(3_900);
    expect(schedule.isOverdue(3_900)).toBe(false);
    expect(disk.alarms).toEqual([1_000]);
    expect(schedule.isOverdue(4_100)).toBe(true);
    await schedule.arm(4_100);
    expect(disk.alarms).toEqual([1_000, 4_100]);
  });
});
