import { describe, expect, it } from "vitest";
import { readTaskListQuery } from "../../src/schemas/task-list.ts";

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 10, 22, 12);

describe("the task list's parameters", () => {
  it("have defaults", () => {
    expect(readTaskListQuery({})).toEqual({
      ok: true,
      query: { status: null, model: null, from: null, to: null, limit: 20, before: null },
    });
  });

  it("are read all at once, and unknown ones do not matter", () => {
    const parameters = { status: "3", model: "Seedance 2.0", from: "2026-11-22", to: "2026-11-22", limit: "100" };
    expect(readTaskListQuery({ ...parameters, cursor: "269000000000001", page: "2" })).toEqual({
      ok: true,
      query: {
        status: 3,
        model: "Seedance 2.0",
        from: NOON - DAY_MS / 2,
        to: NOON + DAY_MS / 2 - 1,
        limit: 100,
        before: 269_000_000_000_001,
      },
    });
  });

  it.each([
    ["2026-11-22T12:00:00Z", NOON],
    ["2026-11-22T12:00Z", NOON],
    ["2026-11-22T12:00:00", NOON],
    ["2026-11-22T12:00:00.000Z", NOON],
    ["2026-11-22T13:00:00+01:00", NOON],
    ["2026-11-22T13:00:00+0100", NOON],
    ["2026-11-22T07:00:00.5-05:00", NOON + 500],
    ["2026-11-22", NOON - DAY_MS / 2],
  ])("take dates as in ISO 8601, UTC where nothing is said: %s", (from, ms) => {
    expect(readTaskListQuery({ from })).toMatchObject({ ok: true, query: { from: ms } });
  });

  it.each([
    ["status", ["6", "-1", "1.0", "completed", "", " 1", "01"]],
    ["limit", ["0", "101", "1000", "-1", "1e1", "", "ten", "20.0"]],
    [
      "from",
      ["yesterday", "", "22.11.2026", "2026-13-01", "2026-11-22 12:00", "2026", "1763812800", "2026-11-22T25:00"],
    ],
    ["to", ["now", "2026-11-22T12"]],
    ["cursor", ["abc", "-1", "1.5", "", "99999999999999999", "9007199254740993"]],
    ["model", [""]],
  ])("that are wrong are named: %s", (name, values) => {
    for (const value of values) {
      const read = readTaskListQuery({ [name]: value });
      if (read.ok) throw new Error(`${name}=${value} was accepted`);
      expect(read.error).toMatchObject({ code: 30001, status: 400 });
      expect(read.error.msg).toMatch(new RegExp(`^${name}: `));
    }
  });

  it("are all named when several are wrong", () => {
    const read = readTaskListQuery({ status: "x", limit: "x", cursor: "x" });
    expect(read.ok ? [] : read.error.issues?.map(({ path }) => path)).toEqual(["status", "limit", "cursor"]);
  });
});
