import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DueQueue } from "../../src/lib/due-queue.ts";

const step = fc.oneof(
  fc.record({ id: fc.nat(20), at: fc.option(fc.nat(100), { nil: null }) }),
  fc.record({ now: fc.nat(100) }),
);

describe("a queue of due times", () => {
  it("knows who is due and what comes next, whatever is set anew or taken out", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new DueQueue();
        const model = new Map<number, number>();
        let now = -1;
        for (const one of steps) {
          if ("now" in one) now = Math.max(now, one.now);
          else if (one.at === null) model.delete(one.id);
          else model.set(one.id, one.at);
          if ("id" in one) queue.set(one.id, one.at);
          const due = [...model].filter(([, at]) => at <= now).map(([id]) => id);
          const later = [...model.values()].filter((at) => at > now);
          expect([...queue.passed(now)].sort()).toEqual(due.sort());
          expect(queue.nextAfter(now)).toBe(later.length === 0 ? null : Math.min(...later));
        }
      }),
    );
  });

  it("stays small when the same few are set again and again", () => {
    const queue = new DueQueue();
    for (let round = 0; round < 100_000; round += 1) queue.set(round % 10, 1_000_000 - round);
    expect(queue.nextAfter(0)).toBe(900_001);
    expect(queue.get(3)).toBe(1_000_000 - 99_993);
  });
});
