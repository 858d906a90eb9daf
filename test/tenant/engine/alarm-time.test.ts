import { describe, expect, it } from "vitest";
import { Alarm } from "../../../src/tenant/engine/alarm.ts";

/** An alarm, and the times to which it was set, in order. */
function start({ grainMs = 1, fails = false } = {}): { set: number[]; alarm: Alarm; logged: string[] } {
  const set: number[] = [];
  const logged: string[] = [];
  const setAlarm = async (at: number) => {
    if (fails) throw new Error("no storage");
    set.push(at);
  };
  const storage = { setAlarm } as unknown as DurableObjectStorage;
  return { set, logged, alarm: new Alarm(storage, grainMs, (_level, event) => logged.push(event)) };
}

describe("the alarm of a tenant's object", () => {
  it("moves only to an earlier time", async () => {
    const { set, alarm } = start();
    await alarm.setBy(5_000, 0);
    await alarm.setBy(9_000, 10);
    await alarm.setBy(2_000, 20);
    expect(set).toEqual([5_000, 2_000]);
  });

  it("is set again after it has come", async () => {
    const { set, alarm } = start();
    await alarm.setBy(100, 0);
    alarm.clear();
    await alarm.setBy(700, 100);
    expect(set).toEqual([100, 700]);
  });

  it("is never set for the millisecond in which it came, in which the runtime would lose it", async () => {
    const { set, alarm } = start();
    await alarm.setBy(500, 0);
    alarm.clear();
    await alarm.setBy(500, 500);
    await alarm.setBy(0, 400);
    expect(set).toEqual([500, 501, 401]);
  });

  it("is set again when it is some seconds late", async () => {
    const { set, alarm } = start();
    await alarm.setBy(1_000, 0);
    await alarm.setBy(1_000, 3_900);
    expect(alarm.isOverdue(3_900)).toBe(false);
    expect(set).toEqual([1_000]);
    expect(alarm.isOverdue(4_100)).toBe(true);
    await alarm.setBy(1_000, 4_100);
    expect(set).toEqual([1_000, 4_101]);
  });

  it("rounds up to its grain", async () => {
    const { set, alarm } = start({ grainMs: 250 });
    await alarm.setBy(1_001, 0);
    await alarm.setBy(1_200, 0);
    expect(set).toEqual([1_250]);
  });

  it("is not set again when an earlier life of the object has set it early enough", async () => {
    const { set, alarm } = start();
    alarm.restore(2_000);
    await alarm.setBy(3_000, 0);
    await alarm.setBy(1_000, 0);
    expect(set).toEqual([1_000]);
  });

  it("is tried again by the next call when it could not be set", async () => {
    const { alarm, logged } = start({ fails: true });
    await alarm.setBy(1_000, 0);
    expect(logged).toEqual(["arm"]);
    expect(alarm.comesBy(1_000)).toBe(false);
  });
});
