import { describe, expect, it } from "vitest";
import { parseJson, withPlainNumbers } from "../../src/lib/json.ts";
import { AddCredits, CreateClientToken } from "../../src/schemas/account.ts";
import { PutEndUser } from "../../src/schemas/end-users.ts";
import { CreateKey, PatchKey, RotateKey } from "../../src/schemas/keys.ts";
import { CreateTenant, PatchTenant } from "../../src/schemas/operator.ts";

/** As a route reads a body: lossless JSON first, then plain numbers. */
const read = (text: string) => withPlainNumbers(parseJson(text));
const accepts = (schema: typeof CreateTenant | typeof PatchTenant | typeof CreateKey, text: string) =>
  schema().safeParse(read(text)).success;

describe("a fraction that JavaScript rounds to an integer", () => {
  const ROUNDED = ["1.00000000000000000001", "59.99999999999999999999", "1e-400", "9007199254740990.9"];
  it.each(ROUNDED)("is no integer: %s", (text) => {
    for (const field of ["requestsPerMinute", "concurrentTasks", "monthlyCredits", "lowBalance"]) {
      expect(accepts(PatchTenant, `{"${field}":${text}}`)).toBe(false);
    }
    expect(accepts(PatchTenant, `{"markup":${text}}`)).toBe(false);
    expect(AddCredits().safeParse(read(`{"credits":${text}}`)).success).toBe(false);
    expect(CreateClientToken().safeParse(read(`{"maxCredits":${text}}`)).success).toBe(false);
    expect(PutEndUser().safeParse(read(`{"dailyCredits":${text}}`)).success).toBe(false);
  });
});

describe("a tenant's settings", () => {
  it.each([
    '{"markup":1.5}',
    '{"markup":1.50}',
    '{"markup":2.0}',
    '{"markup":0}',
    '{"markup":1e1}',
    '{"markup":0.000001}',
    '{"requestsPerMinute":60.0}',
    '{"requestsPerMinute":10000000}',
    '{"concurrentTasks":1000000}',
    '{"monthlyCredits":null}',
    '{"monthlyCredits":9007199254740991}',
    '{"lowBalance":-5}',
    '{"models":null}',
    '{"models":["Seedance 2.0"]}',
    '{"status":"suspended","billing":"prepaid","filesVisibility":"signed"}',
    "{}",
  ])("can be changed to %s", (text) => {
    expect(accepts(PatchTenant, text)).toBe(true);
  });

  it.each([
    '{"markup":-1}',
    '{"markup":"1.5"}',
    '{"markup":1.0000001}',
    '{"markup":1e400}',
    '{"requestsPerMinute":10000001}',
    '{"requestsPerMinute":-1}',
    '{"requestsPerMinute":0.5}',
    '{"requestsPerMinute":"60"}',
    '{"concurrentTasks":1000001}',
    '{"monthlyCredits":9007199254740993}',
    '{"monthlyCredits":-1}',
    '{"lowBalance":0.5}',
    '{"retentionDays":-1}',
    '{"models":["GPT"]}',
    '{"models":"Seedance 2.0"}',
    '{"status":"deleted"}',
    '{"billing":"postpaid"}',
    '{"filesVisibility":"private"}',
    '{"name":""}',
    '{"models":[]}',
    '{"requestPerMinute":60}',
    '{"__proto__":{"status":"active"}}',
    "null",
    "[]",
    '"x"',
    "5",
  ])("cannot be changed to %s", (text) => {
    expect(accepts(PatchTenant, text)).toBe(false);
  });

  it("begin with a name", () => {
    expect(accepts(CreateTenant, '{"name":"a"}')).toBe(true);
    expect(accepts(CreateTenant, '{"markup":1}')).toBe(false);
    expect(accepts(CreateTenant, JSON.stringify({ name: "x".repeat(201) }))).toBe(false);
  });
});

describe("a key's settings", () => {
  it.each([
    '{"name":"a","scopes":null,"models":null,"kind":null,"allowedOrigins":[]}',
    '{"name":"a","allowedOrigins":["HTTPS://APP.example","capacitor://localhost","https://*.preview.example"]}',
    '{"name":"a","scopes":["generate","read","files","tokens","webhooks"]}',
    '{"name":"a","allowedOrigins":["https://app.example","http://localhost:3000"]}',
    '{"name":"a","expiresAt":"2030-01-01T00:00:00Z"}',
    '{"name":"a","expiresAt":"2030-01-01t00:00:00z"}',
    '{"name":"a","expiresAt":"2030-01-01 00:00:00+00"}',
    '{"name":"a","expiresAt":"2030-01-01T01:00:00.000+01:00"}',
    '{"name":"a","expiresAt":null,"requestsPerMinute":null,"monthlyCredits":null}',
    '{"name":"a","kind":"publishable"}',
  ])("can be %s", (text) => {
    expect(accepts(CreateKey, text)).toBe(true);
  });

  it.each([
    '{"name":"a","scopes":["admin"]}',
    '{"name":"a","scopes":[]}',
    '{"name":"a","models":[]}',
    '{"name":"a","expiresAt":"2020-01-01T00:00:00Z"}',
    '{"name":"a","allowedOrigins":["https://*.example"]}',
    '{"name":"a","kind":"master"}',
    '{"name":"a","allowedOrigins":["*"]}',
    '{"name":"a","allowedOrigins":["https://app.example/"]}',
    '{"name":"a","allowedOrigins":["https://app.example/path"]}',
    '{"name":"a","allowedOrigins":["null"]}',
    '{"name":"a","allowedOrigins":"https://app.example"}',
    '{"name":"a","expiresAt":"tomorrow"}',
    '{"name":"a","expiresAt":"2030-01-01"}',
    '{"name":"a","expiresAt":"2030-01-01T00:00:00"}',
    '{"name":"a","expiresAt":"2030-02-30T00:00:00Z"}',
    '{"name":"a","expiresAt":1893456000000}',
    '{"name":"a","requestsPerMinute":1.5}',
    '{"name":"a","key":"pdk_chosen"}',
  ])("cannot be %s", (text) => {
    expect(accepts(CreateKey, text)).toBe(false);
  });

  it("do not include the kind once the key is made", () => {
    expect(PatchKey().safeParse(read('{"kind":"secret"}')).success).toBe(false);
  });

  it("are rotated with an overlap of whole seconds, none unless it is given", () => {
    expect(RotateKey().parse(read("{}"))).toEqual({ overlapSeconds: 0 });
    expect(RotateKey().parse(read('{"overlapSeconds":60.0}'))).toEqual({ overlapSeconds: 60 });
    for (const bad of ["-1", "0.5", '"60"', "1e12"]) {
      expect(RotateKey().safeParse(read(`{"overlapSeconds":${bad}}`)).success).toBe(false);
    }
  });
});
