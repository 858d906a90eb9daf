import { afterEach, describe, expect, it, vi } from "vitest";
import { hashKey, mintKey } from "../../src/domain/key-format.ts";
import { importSigningSecrets, type SigningSecret } from "../../src/domain/signing-secrets.ts";
import { verifyKeyOnce } from "../../src/middleware/verified-keys.ts";

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

describe("a key that comes again", () => {
  it("says the same, without arithmetic", async () => {
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

  it("is refused again if it was forged, and by the arithmetic", async () => {
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

  it("is not known under other secrets", async () => {
    const secrets = await importSigningSecrets(["one"]);
    const key = await keyOf(secrets);
    expect(await verifyKeyOnce(key, secrets)).not.toBeNull();
    expect(await verifyKeyOnce(key, await importSigningSecrets(["two"]))).toBeNull();
    expect(await verifyKeyOnce(key, secrets)).not.toBeNull();
  });

  it("is told from all others", async () => {
    const secrets = await importSigningSecrets(["one"]);
    for (let seed = 0; seed < 50; seed += 1) {
      const key = await keyOf(secrets, seed);
      for (let time = 0; time < 2; time += 1) {
        expect((await verifyKeyOnce(key, secrets))?.keyHash).toBe(await hashKey(key));
      }
    }
  });
});
