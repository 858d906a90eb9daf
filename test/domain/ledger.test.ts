import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  capture,
  correct,
  covers,
  credit,
  hold,
  type LedgerEntry,
  type LedgerStep,
  release,
  type TaskMoney,
} from "../../src/domain/ledger.ts";

/** Runs the steps one after another; returns all entries and the last state. */
function run(first: LedgerStep, ...steps: readonly ((state: TaskMoney) => LedgerStep)[]) {
  const entries: LedgerEntry[] = [...first.entries];
  let { state } = first;
  for (const next of steps) {
    const result = next(state);
    entries.push(...result.entries);
    state = result.state;
  }
  return { entries, state, sum: entries.reduce((total, entry) => total + entry.credits, 0) };
}

const to = (price: number) => (state: TaskMoney) => correct(state, price);

describe("a task's money", () => {
  it("is held, corrected and captured", () => {
    const { entries, state, sum } = run(hold(10), to(7), capture);
    expect(entries).toEqual([
      { kind: "hold", credits: -10 },
      { kind: "correct", credits: 3 },
      { kind: "capture", credits: 0 },
    ]);
    expect(state).toEqual({ held: 7, settled: "captured", corrected: true });
    expect(sum).toBe(-7);
  });

  it("is given back in full when the task fails, corrected or not", () => {
    expect(run(hold(10), release)).toMatchObject({ sum: 0, state: { held: 0, settled: "released" } });
    expect(run(hold(10), to(25), release)).toMatchObject({ sum: 0, state: { held: 0, settled: "released" } });
  });

  it("is given back once after capture, when the files were lost", () => {
    const { entries, sum } = run(hold(10), capture, release, release, capture);
    expect(entries.map(({ kind }) => kind)).toEqual(["hold", "capture", "release"]);
    expect(sum).toBe(0);
  });

  it("is not corrected twice, to the same price, or after it is settled", () => {
    expect(run(hold(10), to(12), to(15)).sum).toBe(-12);
    expect(correct(hold(10).state, 10)).toMatchObject({ entries: [], amount: 0 });
    expect(run(hold(10), to(10), to(12)).sum).toBe(-12);
    expect(run(hold(10), capture, to(12)).sum).toBe(-10);
    expect(run(hold(10), release, to(12)).sum).toBe(0);
  });

  it("returns the credits that each step moved", () => {
    const held = hold(10);
    const corrected = correct(held.state, 12);
    const captured = capture(corrected.state);
    expect(
      [held, corrected, captured, release(captured.state), capture(captured.state)].map(({ amount }) => amount),
    ).toEqual([10, 12, 12, 12, 0]);
  });

  it("writes 0 and never -0", () => {
    const entries = [...run(hold(0), release).entries, credit(-0)];
    expect(entries.every(({ credits }) => Object.is(credits, 0))).toBe(true);
  });

  it("takes whole credits only", () => {
    for (const price of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => hold(price)).toThrow(RangeError);
    expect(() => correct(hold(1).state, -1)).toThrow(RangeError);
    expect(() => credit(0.5)).toThrow(RangeError);
    expect(credit(-5)).toEqual({ kind: "credit", credits: -5 });
  });

  it("enters each kind at most once and sums to what is held, in any order of events", () => {
    const event = fc.oneof(fc.nat({ max: 1000 }).map(to), fc.constant(capture), fc.constant(release));
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), fc.array(event, { maxLength: 12 }), (price, events) => {
        const { entries, state, sum } = run(hold(price), ...events);
        const kinds = entries.map(({ kind }) => kind);
        expect(new Set(kinds).size).toBe(kinds.length);
        expect(sum + state.held).toBe(0);
        expect(state.held).toBeGreaterThanOrEqual(0);
        if (state.settled === "released") expect(sum).toBe(0);
        if (state.settled === "captured") expect(kinds).toContain("capture");
      }),
    );
  });
});

describe("covers", () => {
  it.each([
    ["unmetered", -100, 50, true],
    ["prepaid", 10, 10, true],
    ["prepaid", 9, 10, false],
    ["prepaid", 0, 0, false],
    ["prepaid", -1, 0, false],
  ] as const)("%s with balance %d and price %d: %s", (billing, balance, price, expected) => {
    expect(covers(billing, balance, price)).toBe(expected);
  });
});
