import { describe, expect, it } from "vitest";
import { formatTenantId } from "../../src/domain/key-format.ts";
import { mintPortalCredential, verifyPortalCredential } from "../../src/domain/portal-credential.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";

const [first, second] = await importSigningSecrets(["the first secret", "the second secret"]);
if (!first || !second) throw new Error("no secrets");
const tenantId = formatTenantId(new Uint8Array(10).fill(7));
const random = new Uint8Array(20).fill(9);

describe("a portal credential", () => {
  it.each(["link", "session"] as const)("of kind %s names its tenant to whoever has the secret", async (kind) => {
    const text = await mintPortalCredential(kind, tenantId, random, first);
    expect(text).toMatch(kind === "link" ? /^ppl_[\w-]{62}$/ : /^pps_[\w-]{62}$/);
    expect(await verifyPortalCredential(kind, text, [first])).toEqual({ tenantId });
    expect(await verifyPortalCredential(kind, text, [second, first])).toEqual({ tenantId });
    expect(await verifyPortalCredential(kind, text, [second])).toBeNull();
    expect(await verifyPortalCredential(kind, text, [])).toBeNull();
  });

  it("of one kind is refused as the other, whatever its prefix", async () => {
    const link = await mintPortalCredential("link", tenantId, random, first);
    expect(await verifyPortalCredential("session", link, [first])).toBeNull();
    expect(await verifyPortalCredential("session", link.replace("ppl_", "pps_"), [first])).toBeNull();
  });

  it("is refused with any single character changed", async () => {
    const text = await mintPortalCredential("session", tenantId, random, first);
    for (let at = 4; at < text.length; at += 1) {
      const changed = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
      expect(await verifyPortalCredential("session", changed, [first]), changed).toBeNull();
    }
  });

  it.each([
    "",
    "pps_",
    "pps_x",
    `pps_${"!".repeat(62)}`,
    `pps_${"A".repeat(61)}`,
    `pps_${"A".repeat(4096)}`,
    "pps_ü",
  ])("%s is none", async (text) => {
    expect(await verifyPortalCredential("session", text, [first])).toBeNull();
  });

  it("cannot be made for what is no tenant, or of too little randomness", async () => {
    await expect(mintPortalCredential("link", "ten_x", random, first)).rejects.toThrow(RangeError);
    await expect(mintPortalCredential("link", tenantId, new Uint8Array(8), first)).rejects.toThrow(RangeError);
  });
});
