import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { importSigningSecrets, isSigned, sign } from "../../src/domain/signing-secrets.ts";
import { encodeHex, utf8 } from "../../src/lib/bytes.ts";

const [first, second] = await importSigningSecrets(["first secret", "second secret"]);
if (first === undefined || second === undefined) throw new Error("two secrets expected");

describe("signing secrets", () => {
  it("have an id that depends on the secret alone", async () => {
    const expected = createHmac("sha256", "first secret").update("paddock/secret-id/1").digest("hex").slice(0, 12);
    expect(first.id).toBe(expected);
    expect(second.id).toMatch(/^[0-9a-f]{12}$/);
    expect(second.id).not.toBe(first.id);
    const reordered = await importSigningSecrets(["second secret", "first secret"]);
    expect(reordered.map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  it("cannot be taken out again", async () => {
    await expect(crypto.subtle.exportKey("raw", first.key)).rejects.toThrow();
  });

  it("may not be empty", async () => {
    await expect(importSigningSecrets(["a", ""])).rejects.toThrow(RangeError);
  });

  it("sign label, a zero byte and the bytes with HMAC-SHA256", async () => {
    const expected = createHmac("sha256", "first secret").update("label\0message").digest("hex");
    expect(encodeHex(await sign(first, "label", utf8("message")))).toBe(expected);
  });

  it("keep purposes apart, also where label and bytes could run together", async () => {
    const macs = await Promise.all([
      sign(first, "ab", utf8("c")),
      sign(first, "a", utf8("bc")),
      sign(first, "abc", utf8("")),
      sign(second, "ab", utf8("c")),
    ]);
    expect(new Set(macs.map(encodeHex)).size).toBe(macs.length);
  });
});

describe("isSigned", () => {
  it("finds the secret that signed, by the whole MAC or its beginning", async () => {
    const mac = await sign(second, "label", utf8("m"));
    expect(await isSigned([first, second], "label", utf8("m"), mac)).toBe(true);
    expect(await isSigned([second, first], "label", utf8("m"), mac.subarray(0, 16))).toBe(true);
  });

  it("finds none for another label, other bytes, or another secret", async () => {
    const mac = await sign(second, "label", utf8("m"));
    expect(await isSigned([first, second], "other", utf8("m"), mac)).toBe(false);
    expect(await isSigned([first, second], "label", utf8("n"), mac)).toBe(false);
    expect(await isSigned([first], "label", utf8("m"), mac)).toBe(false);
    expect(await isSigned([], "label", utf8("m"), mac)).toBe(false);
  });

  it("accepts no MAC cut shorter than 8 bytes", async () => {
    const mac = await sign(first, "label", utf8("m"));
    expect(await isSigned([first], "label", utf8("m"), mac.subarray(0, 7))).toBe(false);
    expect(await isSigned([first], "label", utf8("m"), new Uint8Array(0))).toBe(false);
  });
});
