import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatKeyId,
  formatTenantId,
  hashKey,
  mintKey,
  parseKeyId,
  parseTenantId,
  verifyKey,
} from "../../src/domain/key-format.ts";
import { importSigningSecrets, sign } from "../../src/domain/signing-secrets.ts";
import { concatBytes, decodeBase64Url, encodeBase64Url } from "../../src/lib/bytes.ts";

const [current, previous, foreign] = await importSigningSecrets(["current", "previous", "someone else's"]);
if (current === undefined || previous === undefined || foreign === undefined) throw new Error("three secrets expected");

const random16 = Uint8Array.from({ length: 16 }, (_, at) => at);
const parts = {
  kind: "secret",
  tenantId: "ten_00112233445566778899",
  keyId: "key_0123456789abcdef",
  random16,
} as const;
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** The key with one byte of its content replaced by `change`'s result. */
function tamper(key: string, at: number, change: (byte: number) => number): string {
  const bytes = decodeBase64Url(key.slice(4)) ?? new Uint8Array(0);
  bytes[at] = change(bytes[at] ?? 0);
  return `pdk_${encodeBase64Url(bytes)}`;
}

describe("public ids", () => {
  it("come back as the bytes they were made of", () => {
    fc.assert(
      fc.property(fixed(10), fixed(8), (tenant, key) => {
        expect(formatTenantId(tenant)).toMatch(/^ten_[0-9a-f]{20}$/);
        expect(formatKeyId(key)).toMatch(/^key_[0-9a-f]{16}$/);
        expect(parseTenantId(formatTenantId(tenant))).toEqual(tenant);
        expect(parseKeyId(formatKeyId(key))).toEqual(key);
      }),
    );
  });

  it.each([
    "",
    "ten_",
    "ten_0011223344556677889",
    "ten_001122334455667788990",
    "TEN_00112233445566778899",
  ])("parseTenantId refuses %j", (text) => expect(parseTenantId(text)).toBeNull());

  it("have one spelling: no capitals, no other prefix", () => {
    expect(parseTenantId("ten_AA112233445566778899")).toBeNull();
    expect(parseKeyId("ten_0123456789abcdef")).toBeNull();
    expect(() => formatTenantId(new Uint8Array(9))).toThrow(RangeError);
  });
});

describe("a key", () => {
  it("has 72 characters, and contains its tenant, and is signed by any of the secrets", async () => {
    const key = await mintKey(parts, current);
    expect(key).toMatch(/^pdk_[A-Za-z0-9_-]{68}$/);
    const { random16: _, ...known } = parts;
    expect(await verifyKey(key, [current, previous])).toEqual({ ok: true, ...known });
    expect(await verifyKey(key, [foreign, current])).toEqual({ ok: true, ...known });
  });

  it("can be publishable", async () => {
    const key = await mintKey({ ...parts, kind: "publishable" }, current);
    expect(await verifyKey(key, [current])).toMatchObject({ ok: true, kind: "publishable" });
  });

  it("carries any tenant, id and random bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fixed(10), fixed(8), fixed(16), async (tenant, id, random) => {
        const minted = { ...parts, tenantId: formatTenantId(tenant), keyId: formatKeyId(id), random16: random };
        const verified = await verifyKey(await mintKey(minted, current), [current]);
        expect(verified).toMatchObject({ ok: true, tenantId: minted.tenantId, keyId: minted.keyId });
      }),
      { numRuns: 30 },
    );
  });

  it("is refused once its secret is gone", async () => {
    expect(await verifyKey(await mintKey(parts, previous), [current])).toEqual({ ok: false });
    expect(await verifyKey(await mintKey(parts, previous), [])).toEqual({ ok: false });
  });

  it("is refused with any bit changed", async () => {
    const key = await mintKey(parts, current);
    for (let at = 0; at < 51; at += 1) {
      for (const bit of [1, 128]) {
        expect(
          await verifyKey(
            tamper(key, at, (byte) => byte ^ bit),
            [current, previous],
          ),
        ).toEqual({ ok: false });
      }
    }
  });

  it("is refused when signed for another purpose or of an unknown kind", async () => {
    const body = (decodeBase64Url((await mintKey(parts, current)).slice(4)) ?? new Uint8Array(0)).slice(0, 35);
    const other = await sign(current, "paddock/client-token/1", body);
    expect(await verifyKey(`pdk_${encodeBase64Url(concatBytes(body, other.subarray(0, 16)))}`, [current])).toEqual({
      ok: false,
    });
    body[0] = 3;
    const mac = await sign(current, "paddock/key/1", body);
    expect(await verifyKey(`pdk_${encodeBase64Url(concatBytes(body, mac.subarray(0, 16)))}`, [current])).toEqual({
      ok: false,
    });
  });

  it("is refused by its shape before any cryptography", async () => {
    const key = await mintKey(parts, current);
    // A key that cannot sign: verification would reject if it were ever asked.
    const broken = { key: {} as CryptoKey, id: "" };
    for (const text of [
      "",
      "pdk_",
      key.slice(1),
      `${key}A`,
      key.slice(0, -1),
      ` ${key}`,
      `${key}\n`,
      `PDK${key.slice(3)}`,
    ]) {
      expect(await verifyKey(text, [broken])).toEqual({ ok: false });
    }
    expect(await verifyKey(`${key.slice(0, -1)}+`, [broken])).toEqual({ ok: false });
    expect(
      await verifyKey(
        tamper(key, 0, () => 0),
        [broken],
      ),
    ).toEqual({ ok: false });
  });

  it("never makes verification throw", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^pdk_[A-Za-z0-9_-]{68}$/)),
        async (text) => {
          expect(await verifyKey(text, [current])).toEqual({ ok: false });
        },
      ),
    );
  });

  it("cannot be minted from malformed parts", async () => {
    await expect(mintKey({ ...parts, tenantId: "ten_" }, current)).rejects.toThrow(RangeError);
    await expect(mintKey({ ...parts, keyId: "key_" }, current)).rejects.toThrow(RangeError);
    await expect(mintKey({ ...parts, random16: new Uint8Array(15) }, current)).rejects.toThrow(RangeError);
  });

  it("is stored as the SHA-256 of its whole text", async () => {
    const key = await mintKey(parts, current);
    expect(await hashKey(key)).toBe(createHash("sha256").update(key).digest("hex"));
  });
});
