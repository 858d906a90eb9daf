import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  firstTaskIdAt,
  lastTaskIdAt,
  nextTaskId,
  parseTaskId,
  TASK_ID_EPOCH,
  taskIdTime,
} from "../../src/domain/task-id.ts";

const time = fc.integer({ min: TASK_ID_EPOCH, max: Date.UTC(2060, 0, 1) });
const random = fc.integer({ min: 0, max: 8191 });

describe("nextTaskId", () => {
  it("is the time and random bits, within what a JSON number holds", () => {
    expect(TASK_ID_EPOCH).toBe(Date.parse("2026-01-01T00:00:00Z"));
    expect(nextTaskId(null, TASK_ID_EPOCH + 1, 5)).toBe(8197);
    fc.assert(
      fc.property(time, random, (now, bits) => {
        const id = nextTaskId(null, now, bits);
        expect(Number.isSafeInteger(id)).toBe(true);
        expect(taskIdTime(id)).toBe(now);
        expect(id).toBeGreaterThanOrEqual(firstTaskIdAt(now));
        expect(id).toBeLessThanOrEqual(lastTaskIdAt(now));
      }),
    );
  });

  it("always grows, whatever the clock does", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(time, random), { maxLength: 50 }), (calls) => {
        let last: number | null = null;
        for (const [now, bits] of calls) {
          const id = nextTaskId(last, now, bits);
          expect(id).toBeGreaterThan(last ?? -1);
          last = id;
        }
      }),
    );
  });

  it("counts on in small steps within a millisecond", () => {
    let last = nextTaskId(null, TASK_ID_EPOCH + 1000, 8191);
    for (let count = 0; count < 100; count += 1) last = nextTaskId(last, TASK_ID_EPOCH + 1000, 8191);
    expect(taskIdTime(last) - TASK_ID_EPOCH).toBeLessThanOrEqual(1001);
  });

  it("refuses a random number out of range, and to leave 53 bits", () => {
    expect(() => nextTaskId(null, TASK_ID_EPOCH, 8192)).toThrow(RangeError);
    expect(() => nextTaskId(null, TASK_ID_EPOCH, 0.5)).toThrow(RangeError);
    expect(() => nextTaskId(null, TASK_ID_EPOCH + 2 ** 41, 1)).toThrow(RangeError);
    expect(() => nextTaskId(Number.MAX_SAFE_INTEGER, TASK_ID_EPOCH, 1)).toThrow(RangeError);
  });
});

describe("ranges of ids", () => {
  it("split at milliseconds without gap or overlap", () => {
    fc.assert(
      fc.property(time, (ms) => {
        expect(lastTaskIdAt(ms) + 1).toBe(firstTaskIdAt(ms + 1));
      }),
    );
  });

  it("are clamped outside the ids' years", () => {
    expect(firstTaskIdAt(0)).toBe(0);
    expect(lastTaskIdAt(0)).toBe(-1);
    expect(firstTaskIdAt(Date.UTC(9999, 0))).toBe(Number.MAX_SAFE_INTEGER);
    expect(lastTaskIdAt(Date.UTC(9999, 0))).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("parseTaskId", () => {
  it.each([
    ["0", 0],
    ["9034", 9034],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("reads %s", (text, id) => expect(parseTaskId(text)).toBe(id));

  it.each([
    "",
    "-1",
    "+1",
    "01",
    "1.0",
    "1e3",
    "9007199254740992",
    "99999999999999999",
    " 1",
    "1\n",
    "abc",
    "0x10",
  ])("refuses %j", (text) => expect(parseTaskId(text)).toBeNull());
});
