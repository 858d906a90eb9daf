import { describe, expect, it } from "vitest";
import { Schedule } from "../../../src/tenant/engine/alarm.ts";

/** A schedule, and the alarms in the order in which it set them. */
function start(): { alarms: number[]; schedule: Schedule } {
  const alarms: number[] = [];
  const storage = { setAlarm: async (at: number) => void alarms.push(at) } as unknown as DurableObjectStorage;
  return { alarms, schedule: new Schedule(storage, 1) };
}

describe("the alarm of a tenant's object", () => {
  it("is set for what is due first, and again only for what is due earlier", async () => {
    const { alarms, schedule } = start();
    schedule.set(1, 5_000);
    await schedule.arm(0);
    schedule.set(2, 9_000);
    await schedule.arm(10);
    schedule.set(3, 2_000);
    await schedule.arm(20);
    expect(alarms).toEqual([5_000, 2_000]);
  });

  it("is set anew when it has come", async () => {
    const { alarms, schedule } = start();
    schedule.set(1, 100);
    await schedule.arm(0);
    schedule.fired();
    schedule.set(1, 700);
    await schedule.arm(100);
    expect(alarms).toEqual([100, 700]);
  });

  it("is never set for the millisecond in which it came, in which the runtime would lose it", async () => {
    const { alarms, schedule } = start();
    schedule.set(1, 500);
    await schedule.arm(0);
    schedule.fired();
    await schedule.arm(500);
    expect(alarms).toEqual([500, 501]);
    schedule.fired();
    schedule.begin(1);
    await schedule.arm(600);
    schedule.set(2, 600);
    await schedule.arm(600);
    expect(alarms.slice(2)).toEqual([30_600, 601]);
  });

  it("that is long overdue is taken for lost, and set again", async () => {
    const { alarms, schedule } = start();
    schedule.set(1, 1_000);
    await schedule.arm(0);
    await schedule.arm(3_900);
    expect(schedule.isOverdue(3_900)).toBe(false);
    expect(alarms).toEqual([1_000]);
    expect(schedule.isOverdue(4_100)).toBe(true);
    await schedule.arm(4_100);
    expect(alarms).toEqual([1_000, 4_101]);
  });
});
