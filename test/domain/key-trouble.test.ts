import { describe, expect, it } from "vitest";
import { KEY_REST_MS, KeyTrouble, type KeyUse } from "../../src/domain/key-trouble.ts";

const use = (tenantId: string, credits: number | null = 5, shape = "shape"): KeyUse => ({ tenantId, shape, credits });

describe("a key that was refused to one tenant", () => {
  it.each([20002, 60001])("with %i rests for that tenant and no other", (code) => {
    const trouble = new KeyTrouble();
    for (let second = 0; second < 100; second += 1) {
      expect(trouble.refused(use("noisy"), code, second * 1_000)).toBe(false);
      expect(trouble.isUsable(use("noisy"), second * 1_000)).toBe(false);
      expect(trouble.isUsable(use("quiet"), second * 1_000)).toBe(true);
    }
    expect(trouble.shared(99_000)).toBeNull();
  });

  it.each([20001, 20008])("with %i rests for every tenant, because that is about the key itself", (code) => {
    const trouble = new KeyTrouble();
    expect(trouble.refused(use("one"), code, 0)).toBe(true);
    expect(trouble.isUsable(use("other", null), 1)).toBe(false);
    expect(trouble.shared(1)).toMatchObject({ code, until: KEY_REST_MS });
  });

  it("may be tried by a tenant that was not refused itself, rather than turning it away", () => {
    const trouble = new KeyTrouble();
    trouble.refused(use("one"), 20008, 0);
    expect(trouble.isWorthAsking(use("other"), 1)).toBe(true);
    expect(trouble.isWorthAsking(use("one"), 1_999)).toBe(false);
    expect(trouble.isWorthAsking(use("one"), 2_000)).toBe(true);
    trouble.asking(use("one"), 2_000);
    expect(trouble.isWorthAsking(use("one"), 3_999)).toBe(false);
  });

  it("is used again within 30 s, however often it is refused meanwhile", () => {
    const trouble = new KeyTrouble();
    for (const now of [0, 5_000, 10_000]) trouble.refused(use("one"), 20008, now);
    expect(trouble.retryAt(use("one"), 10_000)).toBe(KEY_REST_MS);
    expect(trouble.retryAt(use("other"), 10_000)).toBe(KEY_REST_MS);
    expect(trouble.isUsable(use("one"), KEY_REST_MS)).toBe(true);
    expect(KEY_REST_MS).toBeLessThan(30_000);
  });
});

describe("a key that was refused to two tenants", () => {
  it.each([
    [20002, 20002],
    [60001, 60001],
    [20002, 60001],
  ])("with %i and %i rests for every tenant", (first, second) => {
    const trouble = new KeyTrouble();
    expect(trouble.refused(use("a"), first, 0)).toBe(false);
    expect(trouble.refused(use("b"), second, 1)).toBe(true);
    expect(trouble.isUsable(use("c"), 2)).toBe(false);
  });

  it("with a success between rests for neither", () => {
    const trouble = new KeyTrouble();
    trouble.refused(use("a"), 20002, 0);
    trouble.worked();
    expect(trouble.isUsable(use("a"), 1)).toBe(true);
    expect(trouble.refused(use("b"), 20002, 2)).toBe(false);
  });

  it("at times far apart rests for neither", () => {
    const trouble = new KeyTrouble();
    trouble.refused(use("a"), 20002, 0);
    expect(trouble.refused(use("b"), 20002, KEY_REST_MS)).toBe(false);
  });
});

describe("a key whose account has too few credits", () => {
  it("is usable for cheaper requests of the same tenant", () => {
    const trouble = new KeyTrouble();
    trouble.refused(use("a", 100), 60001, 0);
    expect([99, 100, 101].map((credits) => trouble.isUsable(use("a", credits), 1))).toEqual([true, false, false]);
  });

  it("is usable for every tenant's requests that are cheaper than what two tenants were refused", () => {
    const trouble = new KeyTrouble();
    trouble.refused(use("a", 100), 60001, 0);
    trouble.refused(use("b", 40), 60001, 1);
    expect([40, 99, 100].map((credits) => trouble.isUsable(use("c", credits), 2))).toEqual([true, true, false]);
    expect(trouble.isUsable(use("b", 40), 2)).toBe(false);
    expect(trouble.isUsable(use("c", null), 2)).toBe(true);
    trouble.refused(use("c", 50), 60001, 3);
    expect([49, 50].map((credits) => trouble.isUsable(use("d", credits), 4))).toEqual([true, false]);
  });

  it("and a request of unknown price concerns the same shape of the same tenant, whichever others were refused", () => {
    const trouble = new KeyTrouble();
    for (const tenantId of ["a", "b"]) expect(trouble.refused(use(tenantId, null, "dear"), 60001, 0)).toBe(false);
    expect(trouble.isUsable(use("a", null, "dear"), 1)).toBe(false);
    expect(trouble.isUsable(use("a", null, "other"), 1)).toBe(true);
    expect(trouble.isUsable(use("a", 1, "dear"), 1)).toBe(true);
    expect(trouble.isUsable(use("c", null, "dear"), 1)).toBe(true);
  });

  it("keeps a bounded number of refusals, whatever a tenant asks for", () => {
    const trouble = new KeyTrouble();
    trouble.refused(use("first", null), 60001, 0);
    for (let index = 0; index < 1_000; index += 1) trouble.refused(use("a", null, `shape ${index}`), 60001, 1);
    expect(trouble.isUsable(use("first", null), 2)).toBe(true);
    expect(trouble.isUsable(use("a", null, "shape 999"), 2)).toBe(false);
  });
});
