import { describe, expect, it } from "vitest";
import { readTaskListQuery } from "../../src/schemas/task-list.ts";

const read = (parameters: Record<string, string>) =>
  readTaskListQuery(Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])));
const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 10, 22, 12);

describe("the task list's parameters", () => {
  it("have defaults", () => {
    expect(read({})).toEqual({
      ok: true,
      value: {
        status: null,
        model: null,
        endUser: null,
        keyId: null,
        metadata: [],
        q: null,
        from: null,
        to: null,
        limit: 20,
        before: null,
      },
    });
  });

  it("are read all at once", () => {
    const parameters = { status: "3", model: "Seedance 2.0", from: "2026-11-22", to: "2026-11-22", limit: "100" };
    expect(read({ ...parameters, cursor: "269000000000001" })).toEqual({
      ok: true,
      value: {
        status: 3,
        model: "Seedance 2.0",
        from: NOON - DAY_MS / 2,
        to: NOON + DAY_MS / 2 - 1,
        limit: 100,
        before: 269_000_000_000_001,
        endUser: null,
        keyId: null,
        metadata: [],
        q: null,
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
    ["2026-11-22t12:00:00z", NOON],
    ["2026-11-22 12:00:00", NOON],
    ["2026-11-22 12:00", NOON],
    ["2026-11-22 13:00:00.123456+01:00", NOON + 123],
    ["2026-11-22 13:00:00+01", NOON],
    ["2026-11-22T13:00:00 01:00", NOON],
    ["2026-11-22 13:00:00 01:00", NOON],
    ["2026-11-22T12:00:00.0000000000Z", NOON],
    ["2026-11-22T12:00:00-00:00", NOON],
  ])("take dates as in ISO 8601, UTC where nothing is said: %s", (from, ms) => {
    expect(read({ from })).toMatchObject({ ok: true, value: { from: ms } });
  });

  it.each([
    ["status", ["6", "-1", "1.0", "completed", "", " 1", "01"]],
    ["limit", ["0", "101", "1000", "-1", "1e1", "", "ten", "20.0"]],
    [
      "from",
      [
        "yesterday",
        "",
        "22.11.2026",
        "2026-13-01",
        "2026-02-30",
        "2026-11-22  12:00",
        "2026",
        "1763812800",
        "2026-11-22T25:00",
      ],
    ],
    ["to", ["now", "2026-11-22T12"]],
    ["cursor", ["abc", "-1", "1.5", "", "99999999999999999", "9007199254740993"]],
    ["model", [""]],
  ])("that are wrong are named: %s", (name, values) => {
    for (const value of values) {
      const checked = read({ [name]: value });
      if (checked.ok) throw new Error(`${name}=${value} was accepted`);
      expect(checked.error).toMatchObject({ code: 30001, status: 400 });
      expect(checked.error.msg).toMatch(new RegExp(`^${name}: `));
    }
  });

  it("are all named when several are wrong", () => {
    const checked = read({ status: "x", limit: "x", cursor: "x" });
    expect(checked.ok ? [] : checked.error.issues?.map(({ path }) => path)).toEqual(["status", "limit", "cursor"]);
  });

  it.each([
    [{ page: ["2"] }, "page"],
    [{ Status: ["3"] }, "Status"],
    [{ status: ["3", "3"] }, "status"],
    [{ limit: ["5", "6"] }, "limit"],
    [{ from: ["2026-11-23"], to: ["2026-11-22"] }, "from"],
    [{ from: ["2026-11-22T12:00:01Z"], to: ["2026-11-22T13:00:00+01:00"] }, "from"],
  ])("are refused when unknown, repeated or out of order: %j", (parameters, name) => {
    const checked = readTaskListQuery(parameters as Record<string, string[]>);
    expect(checked).toMatchObject({ ok: false, error: { code: 30001, issues: [{ path: name }] } });
  });
});
