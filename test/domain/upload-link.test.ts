import { describe, expect, it } from "vitest";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import {
  isSignedUploadToken,
  mintUploadToken,
  parseUploadToken,
  UPLOAD_NONCE_BYTES,
  uploadKey,
} from "../../src/domain/upload-link.ts";
import { decodeBase64Url, encodeBase64Url } from "../../src/lib/bytes.ts";

const [current, previous] = await importSigningSecrets(["current", "previous"]);
if (current === undefined || previous === undefined) throw new Error("two secrets expected");
const verifiers = [current, previous];

const tenantId = "ten_00112233445566778899";
const token = mintUploadToken(tenantId, new Uint8Array(UPLOAD_NONCE_BYTES).fill(9), "current");

async function isSigned(text: string, by = verifiers): Promise<boolean | null> {
  const parsed = parseUploadToken(text);
  return parsed && isSignedUploadToken(parsed, by);
}

describe("an upload token", () => {
  it("has 40 characters, names its tenant, and is part of the R2 key", () => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{40}$/);
    expect(parseUploadToken(token)?.tenantId).toBe(tenantId);
    expect(uploadKey(tenantId, token)).toBe(`uploads/${tenantId}/${token}`);
  });

  it("has a MAC that holds for the secret that made it and for no other", async () => {
    expect(await isSigned(token, [previous, current])).toBe(true);
    expect(await isSigned(token, [previous])).toBe(false);
  });

  it("has a MAC that does not hold with any other bit", async () => {
    const bytes = decodeBase64Url(token) ?? new Uint8Array();
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await isSigned(encodeBase64Url(changed))).toBe(false);
    }
  });

  it.each(["", "a".repeat(39), "a".repeat(43), `${"a".repeat(39)}+`])("cannot be %j", (text) => {
    expect(parseUploadToken(text)).toBeNull();
  });

  it("is made of well-formed parts only", () => {
    expect(() => mintUploadToken("ten_", new Uint8Array(12), "current")).toThrow(RangeError);
    expect(() => mintUploadToken(tenantId, new Uint8Array(20), "current")).toThrow(RangeError);
  });
});
