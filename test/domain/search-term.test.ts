import { describe, expect, it } from "vitest";
import { formatFileToken } from "../../src/domain/file-link.ts";
import { mintKey } from "../../src/domain/key-format.ts";
import { readSearchTerm } from "../../src/domain/search-term.ts";
import { importSigningSecrets } from "../../src/domain/signing-secrets.ts";
import { formatTaskNo } from "../../src/domain/task-number.ts";
import { mintUploadToken } from "../../src/domain/upload-link.ts";

const SECRET = "s".repeat(40);
const TENANT = "ten_0f3a9c1b5d7e2468ace0";
const TASK = 230_612_834_934_784;
const NOTHING = { taskId: null, taskNo: null, file: null, uploadToken: null, keyId: null };

describe("a search text", () => {
  it("is the URL, path or storage key of a result", () => {
    const secret = "AAAAAAAAAAAAAAAAAAAA";
    const token = formatFileToken({ tenantId: TENANT, taskId: TASK, secret });
    const file = (name: string) => ({
      tenantId: TENANT,
      wanted: { ...NOTHING, taskId: TASK, file: { secret, name } },
    });
    expect(readSearchTerm(`https://files.example/files/${token}/0.png?expires=1&signature=x`)).toEqual(file("0.png"));
    expect(readSearchTerm(`/files/${token}/t3.png#x`)).toEqual(file("t3.png"));
    expect(readSearchTerm(`results/${TENANT}/${token}/0`)).toEqual(file("0"));
    expect(readSearchTerm(token)).toEqual(file(""));
  });

  it("is the URL of an uploaded reference", () => {
    const uploadToken = mintUploadToken(TENANT, new Uint8Array(12), SECRET);
    const wanted = { ...NOTHING, uploadToken };
    for (const end of ["", ".png", "?expires=1"]) {
      const url = `https://files.example/uploads/${uploadToken}${end}`;
      expect(readSearchTerm(url)).toEqual({ tenantId: TENANT, wanted });
    }
  });

  it("is a task's id, its number in any case, or the id of its event", () => {
    const taskNo = formatTaskNo(TASK, new Uint8Array(9).fill(171));
    const wanted = { ...NOTHING, taskId: TASK };
    expect(readSearchTerm(String(TASK))).toEqual({ tenantId: "ten_", wanted });
    for (const text of [taskNo, taskNo.toUpperCase(), `msg_${taskNo}`]) {
      expect(readSearchTerm(text)).toEqual({ tenantId: "ten_", wanted: { ...wanted, taskNo } });
    }
  });

  it("is a key's id or its beginning", () => {
    for (const keyId of ["key_0123456789abcdef", "key_0123"]) {
      expect(readSearchTerm(keyId)).toEqual({ tenantId: "ten_", wanted: { ...NOTHING, keyId } });
    }
  });

  it("is the beginning of a key's text, of which nothing secret is read", async () => {
    const [signer] = await importSigningSecrets([SECRET]);
    if (!signer) throw new Error("no signer");
    const parts = { kind: "secret", tenantId: TENANT, keyId: "key_0123456789abcdef" } as const;
    const text = await mintKey({ ...parts, random16: new Uint8Array(16).fill(255) }, signer);
    const whole = { tenantId: TENANT, wanted: { ...NOTHING, keyId: "key_0123456789abcdef" } };
    expect(readSearchTerm(text)).toEqual(whole);
    expect(readSearchTerm(text.slice(0, 32))).toEqual(whole);
    expect(readSearchTerm(text.slice(0, 30))).toMatchObject({
      tenantId: TENANT,
      wanted: { keyId: "key_0123456789abcd" },
    });
    expect(readSearchTerm(text.slice(0, 16))).toMatchObject({
      tenantId: TENANT.slice(0, 20),
      wanted: { keyId: "key_" },
    });
    expect(readSearchTerm(text.slice(0, 8))).toMatchObject({
      tenantId: TENANT.slice(0, 8),
      wanted: { keyId: "key_" },
    });
    expect(readSearchTerm(text.slice(0, 7))).toBeNull();
  });

  it.each([
    "Acme",
    TENANT,
    "key_",
    "key_xyz0",
    "pdk_",
    "-1",
    "1.5",
    "007",
    "9".repeat(17),
    "f".repeat(32),
    "x".repeat(43),
  ])("is a part of a name otherwise: %s", (text) => {
    expect(readSearchTerm(text)).toBeNull();
  });
});
