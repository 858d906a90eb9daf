import { describe, expect, it } from "vitest";
import { BackPressure } from "../../src/domain/back-pressure.ts";

/** An upstream of which it is known when it answers, and tenants whose tasks all want to call it. */
function play(options: {
  readonly tasks: readonly { readonly tenantId: string; readonly taskId: number }[];
  readonly seconds: number;
  /** Whether a call made at this moment (ms) gets an answer. */
  readonly answers: (now: number, tenantId: string) => boolean;
  readonly atLeastMs?: number;
}): { readonly calls: { readonly at: number; readonly tenantId: string }[]; readonly pressure: BackPressure } {
  const pressure = new BackPressure();
  const calls: { at: number; tenantId: string }[] = [];
  const dueAt = options.tasks.map((_, index) => index);
  let dice = 1;
  for (let now = 0; now < options.seconds * 1_000; now += 10) {
    for (const [index, { tenantId, taskId }] of options.tasks.entries()) {
      if ((dueAt[index] ?? 0) > now) continue;
      dice = (dice * 48_271) % 2_147_483_647;
      if (!pressure.admits(tenantId, now)) {
        dueAt[index] = now + pressure.waitMs(dice / 2_147_483_647, options.atLeastMs ?? 1_000);
        continue;
      }
      calls.push({ at: now, tenantId });
      if (options.answers(now, tenantId)) pressure.succeeded(tenantId, now);
      else pressure.failed(tenantId, taskId, now);
      dueAt[index] = now + (options.atLeastMs ?? 1_000);
    }
  }
  return { calls, pressure };
}

const tasksOf = (tenantId: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ tenantId, taskId: index }));

describe("calls to the upstream", () => {
  it("are free as long as some of them get an answer", () => {
    const pressure = new BackPressure();
    for (let call = 0; call < 1_000; call++) {
      expect(pressure.admits("t", call)).toBe(true);
      if (call % 8 === 7) pressure.succeeded("t", call);
      else pressure.failed("t", call, call);
    }
    expect(pressure.gapMs).toBe(0);
  });

  it("are free when it is always the same two tasks that fail", () => {
    const pressure = new BackPressure();
    for (let call = 0; call < 1_000; call++) pressure.failed("t", call % 2, call);
    expect(pressure.gapMs).toBe(0);
    expect(pressure.admits("t", 1_000)).toBe(true);
  });

  it("are few in an outage, however many tasks wait", () => {
    const { calls } = play({ tasks: tasksOf("t", 1_000), seconds: 60, answers: () => false });
    expect(calls.length).toBeGreaterThan(25);
    expect(calls.length).toBeLessThan(60);
  });

  it("that fail together count as one step, so that a burst does not close the way for long", () => {
    const pressure = new BackPressure();
    for (let task = 0; task < 500; task++) pressure.failed("t", task, 0);
    expect(pressure.gapMs).toBeLessThanOrEqual(100);
  });

  it("find out soon that an outage is over, and are free again at once", () => {
    const { calls } = play({ tasks: tasksOf("t", 300), seconds: 70, answers: (now) => now >= 60_000 });
    const [first] = calls.filter(({ at }) => at >= 60_000);
    expect(first?.at).toBeLessThan(64_000);
    expect(calls.filter(({ at }) => at >= 64_000).length).toBeGreaterThan(1_000);
  });

  it("are retried spread out after an outage, and not all at the same moment", () => {
    const { calls } = play({ tasks: tasksOf("t", 300), seconds: 66, answers: (now) => now >= 60_000 });
    const perTenth = new Map<number, number>();
    for (const { at } of calls) {
      const tenth = Math.floor(at / 100);
      if (at >= 60_000) perTenth.set(tenth, (perTenth.get(tenth) ?? 0) + 1);
    }
    expect(Math.max(...perTenth.values())).toBeLessThan(60);
  });

  it("are not throttled for a tenant that saw no failures", () => {
    const pressure = new BackPressure();
    for (let step = 0; step < 60; step++) {
      if (pressure.admits("noisy", step * 1_000)) pressure.failed("noisy", step, step * 1_000);
    }
    expect(pressure.admits("noisy", 60_001)).toBe(false);
    expect(pressure.admits("quiet", 60_001)).toBe(true);
  });

  it("are not throttled for a tenant that saw no failures, however many it makes at once", () => {
    const pressure = new BackPressure();
    for (let step = 0; step < 200; step++) {
      const now = step * 100;
      if (pressure.admits("noisy", now)) pressure.failed("noisy", step, now, 10_000);
      // Eight at once in each second, each of which has its response later.
      if (step % 10 === 5) for (let call = 0; call < 8; call++) expect(pressure.admits("quiet", now)).toBe(true);
      if (step % 10 === 7) for (let call = 0; call < 8; call++) pressure.succeeded("quiet", now);
    }
  });

  it("are throttled for every tenant of which one has failed", () => {
    const pressure = new BackPressure();
    for (let task = 0; task < 8; task++) pressure.failed(`t${task % 4}`, task, 0);
    expect(pressure.gapMs).toBeGreaterThan(0);
    for (const tenantId of ["t0", "t1", "t2", "t3"]) expect(pressure.admits(tenantId, 1)).toBe(false);
    expect(pressure.admits("t4", 1)).toBe(true);
    pressure.failed("t4", 9, 2);
    expect(pressure.admits("t4", 3)).toBe(false);
  });

  it("of one tenant end the throttling for it alone, if only another tenant's fail", () => {
    const answers = (_: number, tenantId: string) => tenantId === "well";
    const { calls } = play({ tasks: [...tasksOf("ill", 100), ...tasksOf("well", 10)], seconds: 30, answers });
    // Ten tasks that ask every second: 300 calls if nothing had held them up.
    expect(calls.filter(({ tenantId }) => tenantId === "well").length).toBeGreaterThan(250);
  });

  it("are shared fairly when there are few, whichever tenant has more tasks", () => {
    // The upstream takes one call in a quarter of a second and tells the others to go away.
    let takenAt = Number.NEGATIVE_INFINITY;
    const taken: Record<string, number> = { many: 0, few: 0 };
    const answers = (now: number, tenantId: string) => {
      if (now - takenAt < 250) return false;
      takenAt = now;
      taken[tenantId] = (taken[tenantId] ?? 0) + 1;
      return true;
    };
    play({ tasks: [...tasksOf("many", 500), ...tasksOf("few", 20)], seconds: 120, answers });
    expect(taken.few).toBeGreaterThan((taken.many ?? 0) / 4);
  });

  it("wait as long as the upstream asks, but not for ever", () => {
    const pressure = new BackPressure();
    for (let task = 0; task < 8; task++) pressure.failed("t", task, 0, 5_000);
    expect(pressure.admits("t", 4_000)).toBe(false);
    expect(pressure.admits("t", 5_000)).toBe(true);
    pressure.failed("t", 1, 5_000, 3_600_000);
    expect(pressure.admits("t", 15_000)).toBe(true);
  });
});
