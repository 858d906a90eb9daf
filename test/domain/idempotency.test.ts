import { describe, expect, it } from "vitest";
import { fingerprint, IDEMPOTENCY_TTL_MS, readIdempotencyKey } from "../../src/domain/idempotency.ts";
import { parseJson } from "../../src/lib/json.ts";

describe("readIdempotencyKey", () => {
  it.each([
    ["order-1", null, "order-1"],
    [null, "order-1", "order-1"],
    [undefined, undefined, null],
    ["  order 1 ", undefined, "order 1"],
    ["order-1", " order-1", "order-1"],
    ["k".repeat(255), null, "k".repeat(255)],
    ['"quoted ~"', null, '"quoted ~"'],
    ["order-1, order-1", null, "order-1"],
    ["order-1,order-1 ,  order-1", "order-1", "order-1"],
    [null, "order-1, order-1", "order-1"],
    [`${"k".repeat(255)}, ${"k".repeat(255)}`, null, "k".repeat(255)],
  ])("reads %j and %j as %j", (x, standard, key) => {
    expect(readIdempotencyKey(x, standard)).toEqual({ ok: true, key });
  });

  it.each([
    ["", null],
    ["   ", null],
    ["k".repeat(256), null],
    ["é", null],
    ["a\tb", null],
    ["a\u0000b", null],
    ["a", "b"],
    ["a", ""],
    ["a", "A"],
    ["a, b", null],
    ["a,a,A", null],
    ["a,", null],
    [",", null],
    ["a, a", "b"],
    ["a", "a, b"],
  ])("refuses %j with %j", (x, standard) => {
    expect(readIdempotencyKey(x, standard)).toMatchObject({ ok: false });
  });

  it("is kept for 24 hours", () => expect(IDEMPOTENCY_TTL_MS).toBe(86_400_000));
});

describe("fingerprint", () => {
  const of = (text: string) => fingerprint(parseJson(text));

  it("is 64 hex digits that do not depend on the order of members or white space", async () => {
    expect(await of('{"a":1,"b":{"c":[1,2],"d":null}}')).toMatch(/^[0-9a-f]{64}$/);
    expect(await of('{"a":1,"b":{"c":[1,2],"d":null}}')).toBe(await of('{ "b": {"d":null,"c":[1,2]}, "a":1 }'));
  });

  it("differs by order of arrays, nulls, types, and the last digit of a long", async () => {
    const texts = ["[1,2]", "[2,1]", "{}", '{"a":null}', '{"a":"1"}', '{"a":1}'];
    const longs = ['{"seed":9007199254740993}', '{"seed":9007199254740992}'];
    expect(new Set(await Promise.all([...texts, ...longs].map(of))).size).toBe(8);
  });
});
