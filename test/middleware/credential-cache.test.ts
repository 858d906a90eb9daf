import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hashKey, mintKey } from "../../src/domain/key-format.ts";
import { ROOT } from "../../src/domain/operator-scopes.ts";
import { importSigningSecrets, type SigningSecret } from "../../src/domain/signing-secrets.ts";
import { apiError } from "../../src/errors.ts";
import {
  clearDenials,
  credentialName,
  forgetOperators,
  rememberDenial,
  rememberedDenial,
  rememberedOperator,
  rememberOperator,
  verifyKeyOnce,
} from "../../src/middleware/credential-cache.ts";
import type { Denied } from "../../src/tenant/api.ts";

const TENANT = { kind: "secret", tenantId: "ten_00112233445566778899", keyId: "key_0123456789abcdef" } as const;

async function keyOf(secrets: readonly SigningSecret[], seed = 0): Promise<string> {
  const [signer] = secrets;
  if (!signer) throw new Error("a secret is needed");
  const random16 = Uint8Array.from({ length: 16 }, (_, at) => at + seed);
  return mintKey({ ...TENANT, random16 }, signer);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("verifyKeyOnce", () => {
  it("returns the same content for a known key without cryptography", async () => {
    const secrets = await importSigningSecrets(["one"]);
    const key = await keyOf(secrets);
    const first = await verifyKeyOnce(key, secrets);
    expect(first).toEqual({ tenantId: TENANT.tenantId, keyId: TENANT.keyId, keyHash: await hashKey(key) });
    const sign = vi.spyOn(crypto.subtle, "sign");
    const digest = vi.spyOn(crypto.subtle, "digest");
    expect(await verifyKeyOnce(key, secrets)).toEqual(first);
    expect(sign).not.toHaveBeenCalled();
    expect(digest).not.toHaveBeenCalled();
  });

  it("computes the MAC of a forged key each time and refuses it", async () => {
    const secrets = await importSigningSecrets(["one"]);
    const key = await keyOf(secrets);
    await verifyKeyOnce(key, secrets);
    const forged = key.slice(0, -1) + (key.endsWith("A") ? "Q" : "A");
    for (let time = 0; time < 2; time += 1) {
      const sign = vi.spyOn(crypto.subtle, "sign");
      expect(await verifyKeyOnce(forged, secrets)).toBeNull();
      expect(sign).toHaveBeenCalledOnce();
      sign.mockRestore();
    }
  });

  it("does not know a key under other secrets", async () => {
    const secrets = await importSigningSecrets(["one"]);
    const key = await keyOf(secrets);
    expect(await verifyKeyOnce(key, secrets)).not.toBeNull();
    expect(await verifyKeyOnce(key, await importSigningSecrets(["two"]))).toBeNull();
    expect(await verifyKeyOnce(key, secrets)).not.toBeNull();
  });

  it("returns each key's own content", async () => {
    const secrets = await importSigningSecrets(["one"]);
    for (let seed = 0; seed < 50; seed += 1) {
      const key = await keyOf(secrets, seed);
      for (let time = 0; time < 2; time += 1) {
        expect((await verifyKeyOnce(key, secrets))?.keyHash).toBe(await hashKey(key));
      }
    }
  });
});

describe("a remembered refusal", () => {
  const RATE = [{ name: "requests", perMinute: 60, remaining: 0, nextTokenSeconds: 1 }];
  const invalid: Denied = { ok: false, rate: null, error: apiError(20008) };
  const spent = (spentForMs: number): Denied => ({ ok: false, rate: RATE, error: apiError(70001), spentForMs });

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_800_000_000_000 });
    clearDenials();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("of a credential that does not count lasts two seconds, for that credential alone", () => {
    rememberDenial("a", invalid);
    vi.advanceTimersByTime(1_999);
    expect(rememberedDenial("a")).toBe(invalid);
    expect(rememberedDenial("b")).toBeNull();
    vi.advanceTimersByTime(1);
    expect(rememberedDenial("a")).toBeNull();
  });

  it.each([
    [300, 300],
    [60_000, 2_000],
  ])("of a rate limit that stays used up for %i ms lasts %i ms", (spentForMs, lastsMs) => {
    rememberDenial("a", spent(spentForMs));
    vi.advanceTimersByTime(lastsMs - 1);
    expect(rememberedDenial("a")).not.toBeNull();
    vi.advanceTimersByTime(1);
    expect(rememberedDenial("a")).toBeNull();
  });

  it("is not kept for refusals that depend on the request", () => {
    for (const code of [20002, 60001, 70002, 70004, 70001] as const) {
      rememberDenial("a", { ok: false, rate: RATE, error: apiError(code) });
      expect(rememberedDenial("a")).toBeNull();
    }
  });

  it("is dropped when the operator changes something through this isolate", () => {
    rememberDenial("a", invalid);
    clearDenials();
    expect(rememberedDenial("a")).toBeNull();
  });

  it("makes room for younger ones, the oldest first", () => {
    for (let index = 0; index <= 1_000; index += 1) rememberDenial(`credential ${index}`, invalid);
    expect(rememberedDenial("credential 0")).toBeNull();
    expect(rememberedDenial("credential 1")).toBe(invalid);
    expect(rememberedDenial("credential 1000")).toBe(invalid);
  });

  it("has the key's hash or the token's id as its name", () => {
    expect(credentialName({ kind: "key", keyId: "key_1", keyHash: "h", origin: null })).toBe("h");
  });
});

describe("the Directory's answer about an operator", () => {
  const holder = (validUntil: number | null) => ({ operator: { ...ROOT, id: "opr_1" }, validUntil });

  it("is remembered for less than 10 s, valid or not, and not past the end of the credential", () => {
    vi.useFakeTimers({ now: 1_000_000 });
    try {
      rememberOperator("valid", holder(null));
      rememberOperator("ending", holder(1_000_500));
      rememberOperator("unknown", null);
      expect(rememberedOperator("valid")).toMatchObject({ id: "opr_1" });
      expect(rememberedOperator("unknown")).toBeNull();
      vi.setSystemTime(1_000_500);
      expect(rememberedOperator("ending")).toBeUndefined();
      vi.setSystemTime(1_009_999);
      expect(rememberedOperator("valid")).toBeUndefined();
      expect(rememberedOperator("unknown")).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it("is forgotten at once in an isolate that passes on a change", () => {
    rememberOperator("changed", holder(null));
    forgetOperators();
    expect(rememberedOperator("changed")).toBeUndefined();
  });
});
