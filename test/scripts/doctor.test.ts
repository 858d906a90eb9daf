/** The doctor recognises each kind of broken configuration, account and gateway, and names what mends it. */
import { chmodSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readDeploymentSettings, withDeploymentChanges } from "../../scripts/deployment/configuration-file.ts";
import { newSecret, SecretsFile } from "../../scripts/deployment/secrets-file.ts";
import { type EnvironmentName, Wrangler } from "../../scripts/deployment/wrangler.ts";
import { type Check, type Finding, type GroupName, runChecks } from "../../scripts/doctor/check.ts";
import { configurationChecks } from "../../scripts/doctor/configuration.ts";
import { edgeCache } from "../../scripts/doctor/edge-cache.ts";
import { liveChecks } from "../../scripts/doctor/live.ts";
import { platformChecks } from "../../scripts/doctor/platform.ts";
import { probeChecks } from "../../scripts/doctor/probe.ts";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { DeploymentWorld, type StandInAccount, startServer } from "../support/node/deployment-world.ts";

async function findings(group: GroupName, checks: readonly Check[]): Promise<Finding[]> {
  const found = await runChecks(group, checks, () => {});
  // A finding without a command that mends it leaves the operator alone with it.
  for (const { state, remedy, name } of found) {
    expect(remedy !== null, name).toBe(state === "failed" || state === "warning");
  }
  return found;
}

const wrong = (found: readonly Finding[]) =>
  found.filter(({ state }) => state === "failed" || state === "warning").map(({ name, state }) => `${name}: ${state}`);

describe("the doctor's configuration group", () => {
  // The repository's compatibility date is old some day, which is no fault of this code.
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse("2026-11-22"), toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function configured(edit: (text: string) => string, environment: EnvironmentName = "production") {
    const world = await DeploymentWorld.start();
    world.editConfig(edit);
    const secrets = new SecretsFile(world.secretsFile);
    secrets.set({ SIGNING_SECRETS: newSecret(), ADMIN_TOKEN: newSecret() });
    return findings("configuration", configurationChecks({ config: world.config, environment, secrets }));
  }

  it.each<EnvironmentName>(["production", "staging"])("finds nothing in the repository's %s", async (environment) => {
    const found = await configured((text) => text, environment);
    expect(wrong(found)).toEqual([]);
    expect(found).toHaveLength(13);
  });

  const settings = (line: string) => (text: string) => text.replace("[vars]\n", () => `[vars]\n${line}\n`);
  it.each<[string, (text: string) => string, string[]]>([
    ["a missing binding", (text) => text.replace('name = "EDGE_LIMIT"', 'name = "OTHER"'), ["bindings: failed"]],
    ["no thumbnails", (text) => text.replace('[images]\nbinding = "IMAGES"', ""), ["thumbnails: warning"]],
    ["a date to come", (text) => text.replace("2026-10-15", "2199-01-01"), ["compatibility date: failed"]],
    ["an old date", (text) => text.replace("2026-10-15", "2024-10-15"), ["compatibility date: warning"]],
    ["limits of the paid plan", (text) => `${text}\n[limits]\ncpu_ms = 60000\n`, ["free plan: warning"]],
    [
      "the platform's own request lines",
      (text) => text.replace("invocation_logs = false", "invocation_logs = true"),
      ["invocation logs: failed"],
    ],
    [
      "a shared bucket",
      (text) => text.replace("paddock-files-staging", "paddock-files"),
      ["environments apart: failed"],
    ],
    [
      "a domain that staging inherits",
      (text) =>
        withDeploymentChanges(text, "production", {
          domain: "gateway.example.com",
          publicBaseUrl: "https://gateway.example.com",
        }).replace(/^routes = \[\] # setup: staging$/m, ""),
      ["environments apart: failed"],
    ],
    ["a malformed setting", settings('POLL_MIN_MS = "soon"'), ["settings: failed"]],
    ["private addresses", settings('ALLOW_PRIVATE_URLS = "true"'), ["development settings: failed"]],
    ["another upstream", settings('SEEDHORSE_BASE_URL = "https://other.example"'), ["development settings: warning"]],
    [
      "files at an unencrypted address",
      (text) => text.replace('PUBLIC_BASE_URL = ""', 'PUBLIC_BASE_URL = "http://files.example.com"'),
      ["address of files: failed"],
    ],
    [
      "files at a host that does not lead here",
      (text) => text.replace('PUBLIC_BASE_URL = ""', 'PUBLIC_BASE_URL = "https://files.example.com"'),
      ["address of files: warning"],
    ],
  ])("finds %s", async (_name, edit, expected) => {
    expect(wrong(await configured(edit))).toEqual(expected);
  });

  it("finds a file that is no configuration, in place of ending", async () => {
    const found = await configured(() => "name = ");
    expect(wrong(found)).toEqual(["wrangler.toml: failed"]);
  });

  it("finds weak, exposed and missing secrets without showing them", async () => {
    const world = await DeploymentWorld.start();
    const secrets = new SecretsFile(world.secretsFile);
    const subject = { config: world.config, environment: "production", secrets } as const;
    expect(wrong(await findings("configuration", configurationChecks(subject)))).toEqual(["secrets file: warning"]);
    secrets.set({ SIGNING_SECRETS: "short-secret", ADMIN_TOKEN: newSecret() });
    chmodSync(world.secretsFile, 0o644);
    const found = await findings("configuration", configurationChecks(subject));
    expect(wrong(found)).toEqual(["settings: failed", "secrets file: failed"]);
    expect(JSON.stringify(found)).not.toContain("short-secret");
  });
});

describe("the doctor's platform group", () => {
  const SECRETS = ["SEEDHORSE_API_KEYS", "SIGNING_SECRETS", "ADMIN_TOKEN"];
  const HEALTHY: Partial<StandInAccount> = {
    buckets: { "paddock-files": ["uploads", "abandoned-uploads"] },
    worker: { secrets: SECRETS, tag: "0123456789ab", versions: ["version-1"] },
  };

  async function account(changes: Partial<StandInAccount>) {
    const world = await DeploymentWorld.start({ ...HEALTHY, ...changes });
    const settings = readDeploymentSettings(world.config, "production");
    const found = await findings(
      "platform",
      platformChecks(new Wrangler(world.config, "production"), settings, "0123456789ab"),
    );
    expect(world.changes()).toEqual([]);
    return found;
  }

  it("finds nothing in a healthy account", async () => {
    const found = await account({});
    expect(wrong(found)).toEqual([]);
    expect(found.map(({ state }) => state)).toEqual(Array(8).fill("ok"));
  });

  it.each<[string, Partial<StandInAccount>, string[]]>([
    ["no login", { loggedIn: false }, ["Cloudflare login: failed"]],
    [
      "several accounts without a choice",
      {
        accounts: [
          { id: "a", name: "One" },
          { id: "b", name: "Two" },
        ],
      },
      ["Cloudflare login: failed"],
    ],
    ["that R2 is off", { r2: false }, ["R2: failed"]],
    ["no bucket", { buckets: { "paddock-files-2": [] } }, ["bucket: failed"]],
    ["missing lifecycle rules", { buckets: { "paddock-files": ["uploads"] } }, ["lifecycle rules: warning"]],
    ["no Worker", { worker: null }, ["deployed: failed"]],
    [
      "a missing secret",
      { worker: { secrets: SECRETS.slice(1), tag: "0123456789ab", versions: ["v"] } },
      ["secrets: failed"],
    ],
    [
      "a gradual deployment",
      { worker: { secrets: SECRETS, tag: "0123456789ab", versions: ["v1", "v2"] } },
      ["one version: warning"],
    ],
    [
      "another commit",
      { worker: { secrets: SECRETS, tag: "ba9876543210", versions: ["v"] } },
      ["this commit: warning"],
    ],
    [
      "a version without a commit",
      { worker: { secrets: SECRETS, tag: null, versions: ["v"] } },
      ["this commit: warning"],
    ],
  ])("finds %s", async (_name, changes, expected) => {
    expect(wrong(await account(changes))).toEqual(expected);
  });
});

describe("remedies for staging", () => {
  it.each([
    ["npm run setup", "npm run setup -- --env staging"],
    [
      "correct the named setting, then npm run deploy",
      "correct the named setting, then npm run deploy -- --env staging",
    ],
    [
      "npm ci, then npm run doctor -- --url https://a.example",
      "npm ci, then npm run doctor -- --env staging --url https://a.example",
    ],
    [
      "npm run wrangler -- secret put ADMIN_TOKEN, or use the deployed token",
      "npm run wrangler -- secret put ADMIN_TOKEN --env staging, or use the deployed token",
    ],
    [
      "npm run wrangler -- versions deploy, or npm run wrangler -- rollback",
      "npm run wrangler -- versions deploy --env staging, or npm run wrangler -- rollback --env staging",
    ],
    ["npm run wrangler -- tail; docs/operations.md", "npm run wrangler -- tail --env staging; docs/operations.md"],
    ["npm run wrangler -- r2 bucket create b", "npm run wrangler -- r2 bucket create b"],
    ["npm run wrangler -- login", "npm run wrangler -- login"],
  ])("name it where a command would change production: %s", async (remedy, expected) => {
    const check = { name: "c", run: () => ({ state: "failed", found: "f", remedy }) as const };
    const ofStaging = await runChecks("live", [check], () => {}, "staging");
    expect(ofStaging[0]?.remedy).toBe(expected);
    expect((await runChecks("live", [check], () => {}))[0]?.remedy).toBe(remedy);
  });
});

/** How a stub of the gateway differs from a healthy one. */
interface Faults {
  readonly health?: number;
  readonly cacheControl?: string;
  readonly date?: string;
  readonly isOpen?: boolean;
  /** Cloudflare Access protects the operator API. */
  readonly hasLogin?: boolean;
  readonly overview?: object;
  readonly metrics?: string;
  readonly keys?: readonly object[];
  readonly estimate?: unknown;
  readonly uploadOrigin?: string;
  readonly file?: { readonly status?: number; readonly body?: string; readonly ignoresRange?: boolean };
  readonly cacheStatus?: string;
  readonly staysAfterDeletion?: boolean;
  readonly delivered?: boolean;
}

const TOKEN = "the-operator-token-of-the-doctor-tests";

/** A gateway as far as the doctor looks at one. */
async function stub(faults: Faults): Promise<string> {
  let file: Buffer | null = null;
  const data = (value: unknown) => ({ status: 200, body: { code: 0, msg: "success", ok: true, data: value } });
  const refused = { status: 401, body: { code: 20008, msg: "Unknown token", ok: false, data: null } };
  const overview = {
    copiesWaiting: 0,
    deliveriesWaiting: 0,
    webhooksDisabled: 0,
    masterKeys: [{ id: "a", ok: true, code: null }],
    problems: [],
    ...faults.overview,
  };
  const url: string = await startServer((request, sent) => {
    const { method = "", headers } = request;
    const path = request.url ?? "";
    if (path === "/healthz") {
      const { cacheControl = "no-store", date, health = 200 } = faults;
      return {
        status: health,
        body: { status: "ok" },
        headers: { "cache-control": cacheControl, ...(date && { date }) },
      };
    }
    if (path.startsWith("/uploads/")) {
      if (path.includes("after=deletion")) return { status: faults.staysAfterDeletion ? 200 : 404, body: "" };
      const { status = 200, body = file ?? Buffer.alloc(0), ignoresRange = false } = faults.file ?? {};
      const extra: Record<string, string> = faults.cacheStatus ? { "cf-cache-status": faults.cacheStatus } : {};
      if (headers.range && !ignoresRange)
        return { status: 206, body: Buffer.from(body).subarray(8, 16), headers: extra };
      return { status, body, headers: extra };
    }
    if (faults.hasLogin && path.startsWith("/admin/v1") && headers["cf-access-client-secret"] !== "of-the-service") {
      return { status: 302, body: "", headers: { location: "https://team.cloudflareaccess.com/cdn-cgi/access/login" } };
    }
    if (!headers.authorization && !faults.isOpen) return refused;
    if (path === "/metrics") return { status: 200, body: faults.metrics ?? "paddock_directory_up 1\n" };
    if (path === "/admin/v1/overview") return headers.authorization === `Bearer ${TOKEN}` ? data(overview) : refused;
    if (path.endsWith("/keys") && method === "GET") return data({ keys: faults.keys ?? [] });
    if (path.endsWith("/keys")) return data({ keyId: "k", key: "pdk_doctor" });
    if (path.startsWith("/admin/v1/tenants?"))
      return data({ tenants: [{ tenantId: "t", name: "Paddock doctor" }], nextCursor: null });
    if (path === "/api/v1/task/estimate")
      return data({ estimatedCredits: "estimate" in faults ? faults.estimate : 10 });
    if (path === "/api/v1/files") {
      file = sent;
      return data({ fileId: "f", url: `${faults.uploadOrigin ?? url}/uploads/token.png` });
    }
    if (path === "/api/v1/webhook/test") return data({ delivered: faults.delivered ?? true, status: 200 });
    return data({});
  });
  return url;
}

async function liveFindings(faults: Faults, token: string | null = TOKEN, url?: string): Promise<Finding[]> {
  const at = url ?? (await stub(faults));
  const operator = token === null ? null : new GatewayClient(at, token);
  const probe = probeChecks(at, operator, { publicBaseUrl: null, webhookUrl: "https://receiver.example/" });
  return findings("live", [...liveChecks(at, operator), ...probe]);
}

describe("the doctor's live group", () => {
  it("finds nothing in a healthy gateway", async () => {
    const found = await liveFindings({});
    expect(wrong(found)).toEqual([]);
    expect(found.map(({ state }) => state)).toEqual(Array(24).fill("ok"));
  });

  const key = (signedWith: string, previous: object | null = null) => ({ status: "active", signedWith, previous });
  it.each<[string, Faults, string[]]>([
    ["a gateway that is not configured", { health: 503 }, ["/healthz: failed"]],
    ["a stored health check", { cacheControl: "public, max-age=60" }, ["/healthz is not stored: failed"]],
    ["a clock that is off", { date: "Thu, 01 Jan 2026 00:00:00 GMT" }, ["clock: failed"]],
    ["an open gateway", { isOpen: true }, ["refuses strangers: failed"]],
    [
      "a refused master key beside a good one",
      {
        overview: {
          masterKeys: [
            { id: "a", ok: true, code: null },
            { id: "b", ok: false, code: 60001 },
          ],
        },
      },
      ["master keys: warning"],
    ],
    [
      "that SeedHorse refuses every master key",
      { overview: { masterKeys: [{ id: "b", ok: false, code: 20008 }] } },
      ["master keys: failed"],
    ],
    [
      "recent problems",
      { overview: { problems: [{ kind: "copy-failed", lastAt: new Date().toISOString() }] } },
      ["recent problems: warning"],
    ],
    ["waiting copies", { overview: { copiesWaiting: 1_000 } }, ["copies waiting: warning"]],
    ["waiting deliveries", { overview: { deliveriesWaiting: 1_000 } }, ["deliveries waiting: warning"]],
    ["disabled endpoints", { overview: { webhooksDisabled: 1 } }, ["webhook endpoints: warning"]],
    ["a Directory that is down", { metrics: "paddock_directory_up 0\n" }, ["metrics: failed"]],
    ["keys on a later signing secret", { keys: [key("first"), key("later")] }, ["signing secret of keys: warning"]],
    [
      "earlier texts of keys on a later signing secret",
      { keys: [key("first", { signedWith: "later" })] },
      ["signing secret of keys: warning"],
    ],
    ["no price", { estimate: null }, ["estimate: failed"]],
    [
      "files at another address",
      { uploadOrigin: "https://other.invalid" },
      [
        "address of the upload: failed",
        "reading it back: failed",
        "reading a range: failed",
        "second read: failed",
        "deleting it: failed",
      ],
    ],
    ["an upload that is not there", { file: { status: 404 } }, ["reading it back: failed"]],
    [
      "a rewritten image",
      { file: { body: "other bytes than those", ignoresRange: false } },
      ["reading it back: failed", "reading a range: failed"],
    ],
    ["a proxy that drops ranges", { file: { ignoresRange: true } }, ["reading a range: failed"]],
    ["a cache in front of uploads", { cacheStatus: "HIT" }, ["second read: warning"]],
    ["an upload that outlives its deletion", { staysAfterDeletion: true }, ["deleting it: failed"]],
    ["a webhook that does not arrive", { delivered: false }, ["webhook test: failed"]],
  ])("finds %s", async (_name, faults, expected) => {
    expect(wrong(await liveFindings(faults))).toEqual(expected);
  });

  it("finds a gateway that is not there, and a token that is wrong or missing, and shows no token", async () => {
    expect(wrong(await liveFindings({}, TOKEN, "http://127.0.0.1:1"))[0]).toBe("/healthz: failed");
    const found = await liveFindings({}, "another-operator-token");
    expect(wrong(found)).toContain("operator's token: failed");
    expect(JSON.stringify(found)).not.toContain("another-operator-token");
    expect(wrong(await liveFindings({}, null))).toEqual(["operator's token: failed"]);
  });

  it.each<[string, string | null, readonly [string | null, string | null] | null, string, RegExp]>([
    ["a hit", "/files/t/0.png", ["files; fwd=miss", "files; hit"], "ok", /hit/],
    ["a miss each time", "/files/t/0.png", ["files; fwd=miss", "files; fwd=miss"], "warning", /no hit/],
    ["no cache", "/files/t/0.png", [null, null], "warning", /read from R2/],
    ["signed links only", "/files/t/0.png?expires=1&signature=x", null, "skipped", /needs a finished task/],
    ["no file", null, null, "skipped", /needs a finished task/],
  ])("reads a stored file twice and finds %s", async (_name, file, cacheStatus, state, found) => {
    const answers = [...(cacheStatus ?? [])];
    const data = (value: unknown) => ({ status: 200, body: { code: 0, msg: "success", ok: true, data: value } });
    const url: string = await startServer((request) => {
      const path = request.url ?? "";
      if (path.startsWith("/admin/v1/tenants?")) return data({ tenants: [{ tenantId: "t" }], nextCursor: null });
      if (path.startsWith("/admin/v1/")) {
        return data({ tasks: [{ results: file === null ? [] : [{ fileUrl: url + file, mirrored: true }] }] });
      }
      const status = answers.shift();
      return { status: 206, body: "x", ...(status && { headers: { "cache-status": status } }) };
    });
    const outcome = await edgeCache(new GatewayClient(url, TOKEN));
    expect(outcome.state).toBe(state);
    expect(outcome.found).toMatch(found);
    expect(answers).toEqual([]);
  });

  it.each([
    [401, /secret put ADMIN_TOKEN/],
    [403, /scope read, and tenants/],
    [503, /tail$/],
    [302, /in front of the gateway/],
  ])("names what mends an operator's call that ends with %s", async (status, remedy) => {
    const url = await startServer((request) => {
      const body = { code: 20002, msg: "no", ok: false, data: null };
      return { status: request.url === "/healthz" ? 200 : status, body, headers: { location: "/login" } };
    });
    const found = await findings("live", liveChecks(url, new GatewayClient(url, TOKEN)));
    expect(found.find(({ name }) => name === "operator's token")?.remedy).toMatch(remedy);
  });

  it("passes Cloudflare Access in front with a service token, and asks for one", async () => {
    const [login, ...others] = (await liveFindings({ hasLogin: true })).filter(({ state }) => state === "failed");
    expect(login).toMatchObject({ name: "operator's token", found: expect.stringContaining("CF_ACCESS_CLIENT_ID") });
    expect(others.map(({ name }) => name)).toEqual(["tenant and key"]);
    vi.stubEnv("CF_ACCESS_CLIENT_ID", "doctor.access");
    vi.stubEnv("CF_ACCESS_CLIENT_SECRET", "of-the-service");
    expect(wrong(await liveFindings({ hasLogin: true }))).toEqual([]);
    vi.unstubAllEnvs();
  });

  it("is told by the client which gateway cannot be reached, and why", async () => {
    const unreachable = new GatewayClient("http://127.0.0.1:1", TOKEN).call("GET", "/admin/v1/overview");
    await expect(unreachable).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1 cannot be reached: ./);
  });

  it("accepts http on this machine only", async () => {
    const [https] = (await findings("live", liveChecks("http://gateway.invalid", null))).filter(
      ({ name }) => name === "https",
    );
    expect(https?.state).toBe("failed");
  });
});
