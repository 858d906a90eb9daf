import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/lib/json.ts";
import { checkGenerateRequest } from "../../src/schemas/check-generate.ts";

const RULES = {
  allowPrivate: false,
  ownOrigins: ["https://gateway.example"],
  ownFilePrefixes: ["https://gateway.example/files/"],
};
const IMAGE = { model: "Imagen Nano Banana 2", taskName: "a", type: "txt", prompt: "b" };
const check = (members: string) =>
  checkGenerateRequest(parseJson(`${JSON.stringify(IMAGE).slice(0, -1)},${members}}`), RULES);
const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));

describe("metadata", () => {
  it.each([
    {},
    { order: "4711" },
    { "": "" },
    pairs(16),
    { ["k".repeat(40)]: "v".repeat(500) },
    { ["🐎".repeat(40)]: "🌱".repeat(500) },
  ])("is kept and not passed on: %j", (metadata) => {
    const result = check(`"metadata":${JSON.stringify(metadata)}`);
    if (!result.ok) throw new Error(result.error.msg);
    expect(result.value.metadata).toEqual(metadata);
    expect(result.value.forwarded).toEqual(IMAGE);
  });

  it.each([
    '"text"',
    "5",
    "[]",
    '["a"]',
    '{"a":5}',
    '{"a":9007199254740993}',
    '{"a":null}',
    '{"a":{"b":"c"}}',
    '{"__proto__":5}',
    '{"__proto__":{"a":"b"}}',
    JSON.stringify(pairs(17)),
    JSON.stringify({ ["k".repeat(41)]: "v" }),
    JSON.stringify({ k: "v".repeat(501) }),
    JSON.stringify({ ["🐎".repeat(41)]: "v" }),
  ])("that is not a small object of strings is refused: %s", (text) => {
    const result = check(`"metadata":${text}`);
    expect(result).toMatchObject({ ok: false, error: { code: 30001, status: 400 } });
    if (!result.ok) expect(result.error.issues?.[0]?.path).toMatch(/^metadata/);
  });

  it("may have a property called __proto__, which is a property like any other", () => {
    const result = check('"metadata":{"__proto__":"x"}');
    if (!result.ok) throw new Error(result.error.msg);
    expect(JSON.stringify(result.value.metadata)).toBe('{"__proto__":"x"}');
  });

  it("is empty when there is none", () => {
    for (const members of ['"metadata":null', '"quality":80']) {
      expect(check(members)).toMatchObject({ ok: true, value: { metadata: {}, webhookUrl: null } });
    }
  });
});

describe("webhookUrl", () => {
  it("is kept and not passed on", () => {
    const result = check('"webhookUrl":"https://example.com/hook?a=1"');
    expect(result).toMatchObject({ ok: true, value: { webhookUrl: "https://example.com/hook?a=1" } });
    if (result.ok) expect(result.value.forwarded).toEqual(IMAGE);
  });

  it.each([
    "",
    "http://example.com/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://[::1]/",
    "https://user:password@example.com/",
    "https://gateway.example/files/x/0.png",
    "https://gateway.example/",
    "javascript:alert(1)",
  ])("to an address that may not be called is refused: %j", (url) => {
    expect(check(`"webhookUrl":${JSON.stringify(url)}`)).toMatchObject({ ok: false, error: { code: 30001 } });
  });
});

describe("references", () => {
  it("may be the gateway's own files", () => {
    expect(check('"refImageUrls":["https://gateway.example/files/token/0.png"]').ok).toBe(true);
    expect(check('"refImageUrls":["https://gateway.example/files/../api/v1/account"]').ok).toBe(false);
  });
});
