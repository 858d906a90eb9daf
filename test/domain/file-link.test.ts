import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FILE_NONCE_BYTES,
  formatFileToken,
  isSignedFileToken,
  mintFileSecret,
  objectName,
  parseFileName,
  parseFileToken,
  resultKey,
  resultPath,
  resultPrefix,
  signFilePath,
  tenantPrefixes,
  thumbnailPath,
  verifyFileSignature,
} from "../../src/domain/file-link.ts";
import { formatTenantId } from "../../src/domain/key-format.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import { decodeBase64Url, encodeBase64Url } from "../../src/lib/bytes.ts";

const [current, previous] = await importSigningSecrets(["current", "previous"]);
if (current === undefined || previous === undefined) throw new Error("two secrets expected");

const tenantId = "ten_00112233445566778899";
const secret = encodeBase64Url(Uint8Array.from({ length: 15 }, (_, at) => at * 17));
const token = formatFileToken({ tenantId, taskId: 123_456_789, secret });

describe("a file token", () => {
  it("has 43 characters and carries tenant, task and secret", () => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(parseFileToken(token)).toEqual({ tenantId, taskId: 123_456_789, secret });
  });

  it("comes back whatever it is made of", () => {
    const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(fixed(10), fc.maxSafeNat(), fixed(15), (tenant, taskId, random) => {
        const parts = { tenantId: formatTenantId(tenant), taskId, secret: encodeBase64Url(random) };
        expect(parseFileToken(formatFileToken(parts))).toEqual(parts);
      }),
    );
  });

  it("has one spelling", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{43}$/), (text) => {
        const parts = parseFileToken(text);
        if (parts !== null) expect(formatFileToken(parts)).toBe(text);
      }),
    );
    const last = token.slice(-1);
    const sameBytes = String.fromCharCode(last.charCodeAt(0) + 1);
    expect(parseFileToken(token.slice(0, -1) + sameBytes)).toBeNull();
  });

  it.each(["", "a".repeat(42), "a".repeat(44), `${"a".repeat(42)}+`, `${"a".repeat(42)}=`])("cannot be %j", (text) => {
    expect(parseFileToken(text)).toBeNull();
  });

  it("cannot be made of malformed parts", () => {
    expect(() => formatFileToken({ tenantId: "ten_", taskId: 1, secret })).toThrow(RangeError);
    expect(() => formatFileToken({ tenantId, taskId: -1, secret })).toThrow(RangeError);
    expect(() => formatFileToken({ tenantId, taskId: 1, secret: "short" })).toThrow(RangeError);
  });
});

describe("the MAC of a file token", () => {
  const nonce = new Uint8Array(FILE_NONCE_BYTES).fill(9);
  const minted = { tenantId, taskId: 123_456_789, secret: mintFileSecret(tenantId, 123_456_789, nonce, "current") };

  it("holds for the secret that made it, whichever signs now", async () => {
    expect(minted.secret).toHaveLength(20);
    expect(parseFileToken(formatFileToken(minted))).toEqual(minted);
    expect(await isSignedFileToken(minted, [current])).toBe(true);
    expect(await isSignedFileToken(minted, [previous, current])).toBe(true);
    expect(await isSignedFileToken(minted, [previous])).toBe(false);
  });

  it("does not hold for a token with any other bit", async () => {
    const bytes = decodeBase64Url(formatFileToken(minted)) ?? new Uint8Array();
    let looked = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const parts = parseFileToken(encodeBase64Url(changed));
      if (parts === null) continue;
      looked += 1;
      expect(await isSignedFileToken(parts, [current, previous])).toBe(false);
    }
    expect(looked).toBeGreaterThan(250);
  });

  it("is missing from tokens of release 0.1", async () => {
    expect(await isSignedFileToken({ tenantId, taskId: 123_456_789, secret }, [current, previous])).toBe(false);
  });

  it("is made of well-formed parts only", () => {
    expect(() => mintFileSecret("ten_", 1, nonce, "current")).toThrow(RangeError);
    expect(() => mintFileSecret(tenantId, -1, nonce, "current")).toThrow(RangeError);
    expect(() => mintFileSecret(tenantId, 1, new Uint8Array(15), "current")).toThrow(RangeError);
  });
});

describe("paths and keys", () => {
  it("have the contract's form", () => {
    expect(resultPath(token, 0, "image")).toBe(`/files/${token}/0.png`);
    expect(resultPath(token, 3, "video")).toBe(`/files/${token}/3.mp4`);
    expect(thumbnailPath(token, 3)).toBe(`/files/${token}/t3.png`);
    expect(resultKey(tenantId, token, "t3")).toBe(`results/${tenantId}/${token}/t3`);
  });

  it("put all files of a task and of a tenant under prefixes that can be deleted", () => {
    expect(resultKey(tenantId, token, "0").startsWith(resultPrefix(tenantId, token))).toBe(true);
    expect(tenantPrefixes(tenantId)).toEqual([`results/${tenantId}/`, `uploads/${tenantId}/`]);
  });

  it.each([
    ["0.png", { index: 0, thumbnail: false, ext: "png" }, "0"],
    ["12.mp4", { index: 12, thumbnail: false, ext: "mp4" }, "12"],
    ["t0.png", { index: 0, thumbnail: true, ext: "png" }, "t0"],
    ["t99.png", { index: 99, thumbnail: true, ext: "png" }, "t99"],
  ])("parseFileName takes %s apart", (name, file, object) => {
    expect(parseFileName(name)).toEqual(file);
    expect(objectName(file)).toBe(object);
  });

  it.each([
    "",
    "0",
    "00.png",
    "01.png",
    "100.png",
    "t0.mp4",
    "T0.png",
    "0.PNG",
    "0.jpg",
    "-1.png",
    "0.png/",
    "0.png\n",
  ])("parseFileName refuses %j", (name) => expect(parseFileName(name)).toBeNull());
});

describe("a signed file path", () => {
  const now = 1_800_000_000_000;
  const expires = now / 1000 + 60;
  const path = resultPath(token, 0, "image");
  const verify = (query: string, at = now, what = path) =>
    verifyFileSignature(what, new URLSearchParams(query), [current, previous], at);

  it("opens until it expires", async () => {
    const query = await signFilePath(path, expires, current);
    expect(query).toMatch(/^expires=\d+&signature=[A-Za-z0-9_-]{43}$/);
    expect(await verify(query)).toBe(true);
    expect(await verify(query, expires * 1000 - 1)).toBe(true);
    expect(await verify(query, expires * 1000)).toBe(false);
  });

  it("opens with a name to download by, and when signed by an earlier secret", async () => {
    expect(await verify(`${await signFilePath(path, expires, previous)}&download=cat.png`)).toBe(true);
  });

  it("opens no other path", async () => {
    const query = await signFilePath(path, expires, current);
    expect(await verify(query, now, resultPath(token, 1, "image"))).toBe(false);
    expect(await verify(query, now, thumbnailPath(token, 0))).toBe(false);
  });

  it("is refused when anything was changed", async () => {
    const query = await signFilePath(path, expires, current);
    const signature = query.split("signature=")[1] ?? "";
    const forged = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    const bad = [
      "",
      `expires=${expires}`,
      `signature=${signature}`,
      `expires=${expires + 1}&signature=${signature}`,
      `expires=0${expires}&signature=${signature}`,
      `expires=${expires}.0&signature=${signature}`,
      `expires=${expires}&signature=`,
      `expires=${expires}&signature=${forged}`,
      `expires=${expires}&signature=${signature}A`,
      `expires=${expires}&signature=${signature.slice(0, 22)}`,
      `${query}&expires=${expires}`,
      `${query}&signature=${signature}`,
      "expires=Infinity&signature=x",
    ];
    for (const text of bad) expect(await verify(text), text).toBe(false);
  });

  it("is refused when signed by a secret that is gone", async () => {
    const query = new URLSearchParams(await signFilePath(path, expires, previous));
    expect(await verifyFileSignature(path, query, [current], now)).toBe(false);
  });
});
