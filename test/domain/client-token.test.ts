import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ClientTokenClaims,
  formatTokenId,
  mintClientToken,
  verifyClientToken,
} from "../../src/domain/client-token.ts";
import { importSigningSecrets, sign } from "../../src/domain/signing-secrets.ts";
import { encodeBase64Url, utf8 } from "../../src/lib/bytes.ts";

const [current, previous] = await importSigningSecrets(["current", "previous"]);
if (current === undefined || previous === undefined) throw new Error("two secrets expected");

const now = 1_800_000_000_000;
const claims: ClientTokenClaims = {
  tenantId: "ten_00112233445566778899",
  keyId: "key_0123456789abcdef",
  mintedBy: "0123456789abcdef",
  tokenId: formatTokenId(Uint8Array.from({ length: 8 }, (_, at) => at)),
  endUser: "user-7 ü",
  issuedAt: now,
  expiresAt: now + 60_000,
  maxTasks: 3,
  maxCredits: 100,
  requestsPerMinute: 30,
  concurrentTasks: 2,
  models: ["Seedance 2.0"],
  allowedOrigins: ["https://app.example"],
};

async function minted(of: ClientTokenClaims = claims, signer = current): Promise<string> {
  const token = signer === undefined ? null : await mintClientToken(of, signer);
  if (token === null) throw new Error("the token is too long");
  return token;
}

/** A token with a good signature over any payload. */
async function signed(payload: Uint8Array, label = "paddock/client-token/1"): Promise<string> {
  if (current === undefined) throw new Error("no secret");
  return `pdt_${encodeBase64Url(payload)}.${encodeBase64Url(await sign(current, label, payload))}`;
}

describe("a client token", () => {
  it("contains its claims, and is signed by any of the secrets", async () => {
    expect(await verifyClientToken(await minted(), [current, previous], now)).toEqual({
      ok: true,
      claims,
    });
    expect(await verifyClientToken(await minted(claims, previous), [current, previous], now)).toMatchObject({
      ok: true,
    });
  });

  it("can leave everything unlimited", async () => {
    const open = { ...claims, endUser: null, maxTasks: null, maxCredits: null, models: null, allowedOrigins: null };
    expect(await verifyClientToken(await minted(open), [current], now)).toMatchObject({ ok: true, claims: open });
  });

  it("can be put into a URL as it is", async () => {
    expect(await minted()).toMatch(/^pdt_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
  });

  it("ends when it expires", async () => {
    const token = await minted();
    expect(await verifyClientToken(token, [current], claims.expiresAt - 1)).toMatchObject({ ok: true });
    expect(await verifyClientToken(token, [current], claims.expiresAt)).toEqual({ ok: false, isExpired: true });
  });

  it("ends with its secret", async () => {
    expect(await verifyClientToken(await minted(claims, previous), [current], now)).toEqual({ ok: false });
  });

  it("is not made when it would be longer than 4096 characters", async () => {
    expect(await mintClientToken({ ...claims, endUser: "x".repeat(4096) }, current)).toBeNull();
    const long = await minted({ ...claims, endUser: "x".repeat(2500) });
    expect(await verifyClientToken(long, [current], now)).toMatchObject({ ok: true });
  });

  it("is refused with any character changed", async () => {
    const token = await minted();
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      expect(await verifyClientToken(changed, [current], now), String(at)).toEqual({ ok: false });
    }
  });

  it("is refused in another shape, before any cryptography", async () => {
    const token = await minted();
    const broken = { key: {} as CryptoKey, id: "" };
    const texts = ["", "pdt_", "pdt_.", token.slice(4), ` ${token}`, `${token}.x`, `${token}=`, token.replace(".", "")];
    for (const text of [...texts, token.replace("pdt_", "pdk_"), `pdt_${"A".repeat(5000)}.${"A".repeat(43)}`]) {
      expect(await verifyClientToken(text, [broken], now)).toEqual({ ok: false });
    }
  });

  it("is refused when signed for another purpose", async () => {
    expect(await verifyClientToken(await signed(utf8("{}"), "paddock/key/1"), [current], now)).toEqual({ ok: false });
  });

  it("is refused if a claim is missing or of another type, though the signature is good", async () => {
    const payload = {
      t: claims.tenantId,
      k: claims.keyId,
      i: claims.tokenId,
      u: null,
      a: now,
      e: now + 1,
      n: null,
      c: null,
      m: null,
      o: null,
    };
    const verify = async (value: unknown) =>
      (await verifyClientToken(await signed(utf8(JSON.stringify(value))), [current], now)).ok;
    expect(await verify(payload)).toBe(true);
    for (const name of Object.keys(payload)) {
      expect(await verify({ ...payload, [name]: undefined }), name).toBe(false);
      expect(await verify({ ...payload, [name]: {} }), name).toBe(false);
    }
    expect(await verify({ ...payload, m: [1] })).toBe(false);
    expect(await verify({ ...payload, n: -1 })).toBe(false);
    expect(await verify({ ...payload, e: 1e300 })).toBe(false);
    for (const value of [null, [], "x", 1]) expect(await verify(value)).toBe(false);
    const notUtf8 = await signed(Uint8Array.of(0xff, 0xfe));
    expect(await verifyClientToken(notUtf8, [current], now)).toEqual({ ok: false });
    expect(await verifyClientToken(await signed(utf8("{")), [current], now)).toEqual({ ok: false });
  });

  it("never makes verification throw", async () => {
    const shaped = fc.stringMatching(/^pdt_[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{43}$/);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: "binary" }), shaped), async (text) => {
        expect(await verifyClientToken(text, [current], now)).toEqual({ ok: false });
      }),
    );
  });
});
