import { afterEach, describe, expect, it, vi } from "vitest";
import example from "../.dev.vars.example?raw";
import { createApp } from "../src/app.ts";
import { type Config, readConfig } from "../src/config.ts";

const BINDINGS = { TENANTS: {}, DIRECTORY: {}, FILES: {}, EDGE_LIMIT: {} };
const SIGNING = "a-signing-secret-of-the-tests-0000";
const OPERATOR = "an-operator-token-of-the-tests-000";
const REQUIRED = { SEEDHORSE_API_KEYS: "sh-1", SIGNING_SECRETS: SIGNING, ADMIN_TOKEN: OPERATOR };
const withSettings = (settings: object) => ({ ...BINDINGS, ...REQUIRED, ...settings }) as unknown as Bindings;

async function configOf(settings: object): Promise<Config> {
  const read = await readConfig(withSettings(settings));
  if (!read.ok) throw new Error(read.problem);
  return read.config;
}
async function problemWith(settings: object): Promise<string> {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const read = await readConfig(withSettings(settings));
  if (read.ok) throw new Error("was accepted");
  return read.problem;
}

afterEach(() => vi.restoreAllMocks());

describe("the configuration", () => {
  it("has the documented defaults when only what is required is set", async () => {
    expect(await configOf({})).toEqual({
      masterKeys: [{ id: expect.stringMatching(/^[0-9a-f]{12}$/), key: "sh-1" }],
      signingSecrets: [SIGNING],
      adminTokens: [OPERATOR],
      upstreamBaseUrl: "https://api.seedhorse.ai",
      publicBaseUrl: null,
      pollMinMs: 5_000,
      pollMaxMs: 10_000,
      submitTimeoutMs: 15_000,
      taskDeadlineMs: 21_600_000,
      mirrorGraceMs: 60_000,
      defaultHoldCredits: 10,
      retentionDays: 0,
      tenantStorageBytes: 10_000_000_000,
      webhookRetrySeconds: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400],
      allowPrivateUrls: false,
      edgeCache: true,
      access: null,
      resizesImages: false,
      mailFrom: null,
    });
  });

  it("takes lists with any white space, in their order", async () => {
    const [first, second] = ["1".repeat(32), "2".repeat(32)];
    const config = await configOf({
      SEEDHORSE_API_KEYS: " b , a,, ",
      SIGNING_SECRETS: `${second} , ${first}`,
      ADMIN_TOKEN: ` ${OPERATOR} ,${OPERATOR}-2`,
    });
    expect(config.masterKeys.map(({ key }) => key)).toEqual(["b", "a"]);
    expect(config.signingSecrets).toEqual([second, first]);
    expect(config.adminTokens).toEqual([OPERATOR, `${OPERATOR}-2`]);
    expect(config.masterKeys[0]?.id).not.toBe(config.masterKeys[1]?.id);
  });

  it.each([
    ["SIGNING_SECRETS", "x".repeat(31), /SIGNING_SECRETS must have at least 32 characters$/],
    ["SIGNING_SECRETS", `${"x".repeat(32)},${"y".repeat(31)}`, /SIGNING_SECRETS must have at least 32 .* each entry/],
    ["ADMIN_TOKEN", "x".repeat(31), /ADMIN_TOKEN must have at least 32 characters$/],
    ["ADMIN_TOKEN", `${"x".repeat(32)}, short`, /ADMIN_TOKEN must have at least 32 characters in each entry/],
    ["ADMIN_TOKEN", `${OPERATOR},${OPERATOR}`, /ADMIN_TOKEN must not have the same entry twice/],
    ["SIGNING_SECRETS", `${SIGNING} , ${SIGNING}`, /SIGNING_SECRETS must not have the same entry twice/],
    ["SEEDHORSE_API_KEYS", "sh-1,sh-2,sh-1", /SEEDHORSE_API_KEYS must not have the same entry twice/],
    ["ADMIN_TOKEN", SIGNING, /ADMIN_TOKEN must not have an entry of SIGNING_SECRETS/],
    ["ADMIN_TOKEN", `${OPERATOR},${SIGNING}`, /ADMIN_TOKEN must not have an entry of SIGNING_SECRETS/],
    ["SEEDHORSE_API_KEYS", `sh-1,${SIGNING}`, /SIGNING_SECRETS must not have an entry of SEEDHORSE_API_KEYS/],
    ["SEEDHORSE_API_KEYS", OPERATOR, /ADMIN_TOKEN must not have an entry of SEEDHORSE_API_KEYS/],
  ])("refuses a weak or shared secret in %s", async (name, value, expected) => {
    const problem = await problemWith({ [name]: value });
    expect(problem).toMatch(expected);
    for (const entry of value.split(",")) expect(problem).not.toContain(entry.trim());
  });

  it("has no usable secret in .dev.vars.example, and refuses the file unchanged", async () => {
    const given = [...example.matchAll(/^(\w+)="(.*)"$/gm)].map(([, name = "", value = ""]) => [name, value] as const);
    expect(given).toEqual([
      ["SEEDHORSE_API_KEYS", ""],
      ["SIGNING_SECRETS", ""],
      ["ADMIN_TOKEN", ""],
    ]);
    const problem = await problemWith(Object.fromEntries(given));
    for (const [name] of given) expect(problem).toContain(`${name} is missing`);
  });

  it.each([
    ["SEEDHORSE_API_KEYS", "sh-your-master-key"],
    ["SIGNING_SECRETS", "change-me-to-a-long-random-secret"],
    ["ADMIN_TOKEN", "change-me-to-another-long-random-secret"],
  ])("refuses the placeholder that earlier examples had for %s", async (name, value) => {
    expect(await problemWith({ [name]: value })).toContain(`${name} must not be the placeholder`);
  });

  it.each([
    ["http://upstream.example", {}, false],
    ["http://10.0.0.7:8790", {}, false],
    ["http://127.0.0.1.example.com", {}, false],
    ["http://upstream.example", { ALLOW_PRIVATE_URLS: "true" }, true],
    ["http://localhost:8790", {}, true],
    ["http://127.8.8.8", {}, true],
    ["http://[::1]:8790", {}, true],
    ["https://upstream.example", {}, true],
  ])("takes an upstream without encryption only on this machine or in development: %s %j", async (url, more, taken) => {
    const read = readConfig(withSettings({ SEEDHORSE_BASE_URL: url, ...more }));
    vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await read).toMatchObject(taken ? { ok: true } : { ok: false });
    if (!taken) expect(await problemWith({ SEEDHORSE_BASE_URL: url, ...more })).toMatch(/SEEDHORSE_BASE_URL/);
  });

  it.each([
    ["SEEDHORSE_BASE_URL", "http://127.0.0.1:8790/", "upstreamBaseUrl", "http://127.0.0.1:8790"],
    ["SEEDHORSE_BASE_URL", "https://proxy.example/seedhorse//", "upstreamBaseUrl", "https://proxy.example/seedhorse"],
    ["PUBLIC_BASE_URL", "https://CDN.example", "publicBaseUrl", "https://cdn.example"],
    ["PUBLIC_BASE_URL", "", "publicBaseUrl", null],
    ["SUBMIT_TIMEOUT_MS", 250, "submitTimeoutMs", 250],
    ["MIRROR_GRACE_SECONDS", "0", "mirrorGraceMs", 0],
    ["TASK_DEADLINE_SECONDS", "1.005", "taskDeadlineMs", 1_005],
    ["RETENTION_DAYS", "30", "retentionDays", 30],
    ["TENANT_STORAGE_MB", "2", "tenantStorageBytes", 2_000_000],
    ["EDGE_CACHE", "false", "edgeCache", false],
    ["WEBHOOK_RETRY_SECONDS", "0.1, 2,3", "webhookRetrySeconds", [0.1, 2, 3]],
    ["ALLOW_PRIVATE_URLS", "TRUE", "allowPrivateUrls", true],
    ["ALLOW_PRIVATE_URLS", true, "allowPrivateUrls", true],
  ] as const)("takes %s=%s", async (name, value, member, expected) => {
    expect((await configOf({ [name]: value }))[member]).toEqual(expected);
  });

  it("lets the default of one bound of the pace give way to the other, if only that is set", async () => {
    expect(await configOf({ POLL_MIN_MS: "60000" })).toMatchObject({ pollMinMs: 60_000, pollMaxMs: 60_000 });
    expect(await configOf({ POLL_MAX_MS: "100" })).toMatchObject({ pollMinMs: 100, pollMaxMs: 100 });
  });

  it.each([
    ["SEEDHORSE_API_KEYS", ["", " ", ",", "schlüssel", "a b"]],
    ["SIGNING_SECRETS", ["", ",,", "line\nbreak"]],
    ["ADMIN_TOKEN", ["", "two words", "tokén"]],
    [
      "SEEDHORSE_BASE_URL",
      ["nonsense", "ftp://a.example", "https://u:p@a.example", "https://a.example/?q=1", "//a.example"],
    ],
    ["PUBLIC_BASE_URL", ["cdn.example", "https://a.example/#f"]],
    ["POLL_MIN_MS", ["0", "-5", "1.5", "soon", "1e3", " 5", "99999999999"]],
    ["POLL_MAX_MS", ["0", "x"]],
    ["SUBMIT_TIMEOUT_MS", ["-1", "15s"]],
    ["TASK_DEADLINE_SECONDS", ["0", "-1", "x"]],
    ["MIRROR_GRACE_SECONDS", ["-1", "x", "1e9"]],
    ["DEFAULT_HOLD_CREDITS", ["-1", "1.5", "ten"]],
    ["RETENTION_DAYS", ["-1", "x"]],
    ["TENANT_STORAGE_MB", ["0", "1.5", "lots"]],
    ["EDGE_CACHE", ["yes", "off"]],
    ["MAIL_FROM", ["portal", "Portal <portal@example.com>"]],
    ["WEBHOOK_RETRY_SECONDS", ["1,x", "1;2", "-1", ","]],
    ["ALLOW_PRIVATE_URLS", ["yes", "2"]],
  ])("that is wrong in %s is refused by that name and never by its value", async (name, values) => {
    for (const value of values) {
      const problem = await problemWith({ [name]: value });
      expect(problem).toContain(name);
      expect(problem).not.toContain("\n");
      if (value.trim().length > 3) expect(problem).not.toContain(value);
    }
  });

  it("mails links with both the binding MAIL and MAIL_FROM, and is refused with one of them alone", async () => {
    const [MAIL, MAIL_FROM] = [{}, "Portal@Example.com"];
    expect((await configOf({ MAIL, MAIL_FROM })).mailFrom).toBe("portal@example.com");
    expect(await problemWith({ MAIL })).toMatch(/MAIL_FROM is missing/);
    expect(await problemWith({ MAIL_FROM })).toMatch(/MAIL is not bound/);
  });

  it("is refused in each setting of Cloudflare Access, and unless all three are given", async () => {
    const all = {
      ACCESS_TEAM_DOMAIN: "https://acme.cloudflareaccess.com",
      ACCESS_AUD: "aud-1, aud-2",
      ACCESS_OPERATORS: "Ann@example.com=root, @example.com=read+metrics",
    };
    expect((await configOf(all)).access).toMatchObject({
      teamDomain: "https://acme.cloudflareaccess.com",
      audiences: ["aud-1", "aud-2"],
      operators: [
        { email: "ann@example.com", isRoot: true },
        { email: "@example.com", isRoot: false, scopes: ["metrics", "read"] },
      ],
    });
    for (const name of Object.keys(all))
      expect(await problemWith({ ...all, [name]: "" })).toContain(`${name} is missing`);
    const evil = [
      "http://acme.cloudflareaccess.com",
      "https://evil.example",
      "https://acme.cloudflareaccess.com.evil.example",
    ];
    for (const domain of [...evil, "https://acme.cloudflareaccess.com/x", "http://127.0.0.1:9"]) {
      expect(await problemWith({ ...all, ACCESS_TEAM_DOMAIN: domain })).toContain("ACCESS_TEAM_DOMAIN");
    }
    const local = { ...all, ACCESS_TEAM_DOMAIN: "http://127.0.0.1:9", ALLOW_PRIVATE_URLS: "true" };
    expect((await configOf(local)).access?.teamDomain).toBe("http://127.0.0.1:9");
    expect(await problemWith({ ...local, ACCESS_TEAM_DOMAIN: "https://evil.example" })).toContain("ACCESS_TEAM_DOMAIN");
    for (const operators of ["ann@example.com", "ann@example.com=owner", "example.com=read", "a@b.c=read,A@b.c=root"]) {
      expect(await problemWith({ ...all, ACCESS_OPERATORS: operators })).toContain("ACCESS_OPERATORS");
    }
  });

  it("names everything that is wrong at once", async () => {
    const nothing = {
      SEEDHORSE_API_KEYS: undefined,
      SIGNING_SECRETS: undefined,
      ADMIN_TOKEN: undefined,
      FILES: undefined,
    };
    const problem = await problemWith({ ...nothing, POLL_MIN_MS: "x" });
    for (const name of [...Object.keys(nothing), "POLL_MIN_MS"]) expect(problem).toContain(name);
    expect(await problemWith({ POLL_MIN_MS: "20", POLL_MAX_MS: "10" })).toContain("POLL_MAX_MS");
  });
});

describe("under a broken configuration every request", () => {
  const app = createApp();
  const request = (path: string, init: RequestInit, env: Bindings) =>
    app.request(path, init, env, { waitUntil() {}, passThroughOnException() {} } as unknown as ExecutionContext);
  it.each([
    "/healthz",
    "/",
    "/api/v1/tasks",
    "/admin/v1/tenants",
    "/metrics",
    "/files/a/0.png",
    "/openapi.json",
    "/docs",
  ])("answers 503 with one line that says what is wrong: %s", async (path) => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    vi.spyOn(console, "log").mockImplementation(() => {});
    const env = withSettings({ ADMIN_TOKEN: undefined, SUBMIT_TIMEOUT_MS: `x-${path}` });
    const headers = { authorization: "Bearer operator" };
    const response = await request(path, { headers }, env);
    expect(response.status).toBe(503);
    const body = (await response.json()) as { code: number; msg: string };
    expect(body).toMatchObject({ code: 10001, ok: false, data: null });
    expect(body.msg).toMatch(/ADMIN_TOKEN is missing.*SUBMIT_TIMEOUT_MS/);
    expect(JSON.stringify([body, error.mock.calls])).not.toContain(`x-${path}`);
  });

  it("is logged once, and not for every request", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    vi.spyOn(console, "log").mockImplementation(() => {});
    const env = withSettings({ POLL_MIN_MS: "never seen before" });
    for (let round = 0; round < 3; round += 1) await request("/healthz", {}, env);
    const lines = error.mock.calls.map(([line]) => JSON.parse(String(line)) as { event: string; problem: string });
    expect(lines.filter(({ event }) => event === "configuration")).toHaveLength(1);
    expect(lines[0]?.problem).toContain("POLL_MIN_MS");
  });
});
