/** Setup against a stand-in for wrangler's commands, a simulated SeedHorse and a stub of the gateway. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { readDeploymentSettings, withDeploymentChanges } from "../../scripts/deployment/configuration-file.ts";
import { NO_QUESTIONS, type Prompt } from "../../scripts/deployment/prompt.ts";
import { runSetup } from "../../scripts/deployment/run-setup.ts";
import { SecretsFile } from "../../scripts/deployment/secrets-file.ts";
import type { SetupOptions } from "../../scripts/deployment/setup.ts";
import { Wrangler } from "../../scripts/deployment/wrangler.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { startSimulator } from "../../simulator/index.ts";
import { DeploymentWorld, type StandInAccount, startServer } from "../support/node/deployment-world.ts";

const MASTER_KEY = "sh-a-master-key-of-the-setup-tests";
const TENANT_ID = "tn_firsttenant";
const TENANT_KEY = "pdk_the-key-of-the-first-tenant";

async function upstream(): Promise<string> {
  const simulator = await startSimulator({ accounts: [{ keys: [MASTER_KEY], credits: 100 }] });
  onTestFinished(() => simulator.close());
  return simulator.url;
}

/** A gateway that knows the operator's token of the deployment. */
async function gateway(world: () => DeploymentWorld, health = { status: 200, body: { status: "ok" } }) {
  const requests: string[] = [];
  const url = await startServer((request) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.url === "/healthz") return health;
    if (request.headers.authorization !== `Bearer ${world().account.deployed.ADMIN_TOKEN}`) {
      return { status: 401, body: { code: 20008, msg: "The token is unknown", ok: false, data: null } };
    }
    const data = request.url?.endsWith("/keys") ? { keyId: "k", key: TENANT_KEY } : { tenantId: TENANT_ID };
    return { status: 200, body: { code: 0, msg: "success", ok: true, data } };
  });
  return { url, requests };
}

interface Run {
  readonly succeeded: boolean;
  readonly output: string;
}

async function run(
  world: DeploymentWorld,
  options: Partial<SetupOptions> = {},
  prompt: Prompt = NO_QUESTIONS,
  secretsFile = world.secretsFile,
  interrupted = new AbortController().signal,
): Promise<Run> {
  const all: SetupOptions = {
    environment: "production",
    dryRun: false,
    isScripted: prompt === NO_QUESTIONS,
    domain: undefined,
    tenantName: "Acme",
    config: world.config,
    waitSeconds: 0,
    checksKeys: true,
    replacesWorker: false,
    ...options,
  };
  const lines: string[] = [];
  const succeeded = await runSetup({
    options: all,
    prompt,
    wrangler: new Wrangler(world.config, all.environment),
    secrets: new SecretsFile(secretsFile),
    interrupted,
    print: (line) => lines.push(line),
    settings: readDeploymentSettings(world.config, all.environment),
    isLoggedIn: false,
    accountId: null,
    deployedSecrets: null,
    masterKeys: null,
    url: null,
    made: [],
  });
  const output = lines.join("\n");
  expectNoSecret(world, output);
  return { succeeded, output };
}

/** Neither what is shown nor what the machine's other users can see has a secret. */
function expectNoSecret(world: DeploymentWorld, output: string): void {
  const secrets = [MASTER_KEY, TENANT_KEY, ...Object.values(world.account.deployed)];
  const commands = world.calls().map(({ args }) => args.join(" "));
  for (const secret of secrets) expect([output, ...commands].some((text) => text.includes(secret))).toBe(false);
}

async function start(account: Partial<StandInAccount> = {}): Promise<DeploymentWorld> {
  return DeploymentWorld.start(account, `SEEDHORSE_BASE_URL = "${await upstream()}"`);
}

beforeEach(() => vi.stubEnv("SEEDHORSE_API_KEYS", MASTER_KEY));

describe("setup", () => {
  it("creates bucket, rules, secrets, Worker, tenant and key, and keeps the secrets in one private file", async () => {
    const world = await start();
    const { url } = await gateway(() => world);
    world.account = { ...world.account, url };
    const { succeeded, output } = await run(world);
    expect(output).toContain(`The gateway is up: ${url}`);
    expect(succeeded).toBe(true);
    expect(world.account.buckets).toEqual({ "paddock-files": ["uploads", "abandoned-uploads"] });
    const { deployed } = world.account;
    expect(Object.keys(deployed).toSorted()).toEqual(["ADMIN_TOKEN", "SEEDHORSE_API_KEYS", "SIGNING_SECRETS"]);
    expect(deployed.SEEDHORSE_API_KEYS).toBe(MASTER_KEY);
    expect(deployed.ADMIN_TOKEN?.length).toBeGreaterThanOrEqual(32);
    expect(deployed.ADMIN_TOKEN).not.toBe(deployed.SIGNING_SECRETS);

    const file = readFileSync(world.secretsFile, "utf8");
    expect((statSync(world.secretsFile).mode & 0o777).toString(8)).toBe("600");
    for (const part of [deployed.ADMIN_TOKEN, deployed.SIGNING_SECRETS, TENANT_KEY, TENANT_ID])
      expect(file).toContain(part);
    expect(file).not.toContain(MASTER_KEY);
    // The file is not taken for a gateway of the same name in another account.
    world.account = { ...world.account, accounts: [{ id: "account-2", name: "Another" }] };
    expect((await run(world)).output).toContain("belongs to another Cloudflare account");

    const deploy = world.calls().find(({ args }) => args[0] === "deploy");
    expect(deploy?.mode).toBe("600");
    expect(existsSync(deploy?.secretsFile ?? "")).toBe(false);
    expect(readDeploymentSettings(world.config, "production").rateLimitNamespace).toMatch(/^\d{5,10}$/);
    expect(readDeploymentSettings(world.config, "staging").rateLimitNamespace).toBe("1002");
  });

  it("changes nothing when it is repeated, and does not send a secret that was replaced since", async () => {
    const world = await start();
    const { url, requests } = await gateway(() => world);
    world.account = { ...world.account, url };
    await run(world);
    const [config, file, before] = [world.config, world.secretsFile].map((path) => readFileSync(path, "utf8"));
    const seen = { changes: world.changes().length, requests: requests.length };
    vi.stubEnv("SEEDHORSE_API_KEYS", "");
    expect((await run(world)).succeeded).toBe(true);
    expect(
      world
        .changes()
        .slice(seen.changes)
        .map((command) => command.split(" ").slice(0, 3).join(" ")),
    ).toEqual(["r2 bucket create", expect.stringMatching(/^deploy/)]);
    expect(world.calls().at(-1)?.secretsFile).toBeNull();
    expect(requests.slice(seen.requests)).toEqual(["GET /healthz", `GET /admin/v1/tenants/${TENANT_ID}`]);
    expect([world.config, world.secretsFile, before].map((path) => path && readFileSync(path, "utf8"))).toEqual([
      config,
      file,
      before,
    ]);
  });

  it("sets up staging with a Worker, bucket, namespace and domain of its own", async () => {
    const world = await start();
    const { output } = await run(world, { environment: "staging", domain: "staging.example.com" });
    // The domain leads nowhere from here.
    expect(output).toContain("https://staging.example.com/healthz cannot be reached");
    expect(output).toContain("npm run doctor -- --env staging --url https://staging.example.com");
    expect(world.account.buckets).toHaveProperty("paddock-files-staging");
    expect(
      world
        .calls()
        .findLast(({ args }) => args[0] === "deploy")
        ?.args.join(" "),
    ).toMatch(/--env staging/);
    expect(readDeploymentSettings(world.config, "staging")).toMatchObject({
      domains: ["staging.example.com"],
      vars: { PUBLIC_BASE_URL: "https://staging.example.com" },
    });
    expect(readDeploymentSettings(world.config, "production")).toMatchObject({
      domains: [],
      rateLimitNamespace: "1001",
      vars: { PUBLIC_BASE_URL: "" },
    });
  });

  it.each<[string, string | undefined, string[], string]>([
    [
      "keeps further domains and the address of files",
      undefined,
      ["a.example.com", "b.example.com"],
      "https://cdn.example",
    ],
    ["keeps them with one of the domains", "b.example.com", ["a.example.com", "b.example.com"], "https://cdn.example"],
    ["replaces both with another domain", "c.example.com", ["c.example.com"], "https://c.example.com"],
    ["removes both with an empty domain", "", [], ""],
  ])("%s", async (_name, domain, domains, publicBaseUrl) => {
    const world = await start();
    const both =
      "[{ pattern = 'a.example.com', custom_domain = true }, { pattern = 'b.example.com', custom_domain = true }]";
    world.editConfig((text) =>
      withDeploymentChanges(text, "production", { publicBaseUrl: "https://cdn.example" }).replace(
        "routes = [] # setup: production",
        `routes = ${both} # setup: production`,
      ),
    );
    await run(world, { domain });
    expect(readDeploymentSettings(world.config, "production")).toMatchObject({
      domains,
      vars: { PUBLIC_BASE_URL: publicBaseUrl },
    });
  });

  it("sets the address of files for a domain that was written by hand", async () => {
    const world = await start();
    world.editConfig((text) => withDeploymentChanges(text, "production", { domain: "gateway.example.com" }));
    await run(world);
    expect(readDeploymentSettings(world.config, "production").vars.PUBLIC_BASE_URL).toBe("https://gateway.example.com");
  });

  it("refuses the domain of the other environment", async () => {
    const world = await start();
    world.editConfig((text) => withDeploymentChanges(text, "production", { domain: "gateway.example.com" }));
    const { succeeded, output } = await run(world, { environment: "staging", domain: "gateway.example.com" });
    expect(succeeded).toBe(false);
    expect(output).toContain("gateway.example.com is the domain of production");
  });

  it("creates and changes nothing in a dry run, with or without a login", async () => {
    for (const loggedIn of [true, false]) {
      const world = await start({ loggedIn });
      const before = readFileSync(world.config, "utf8");
      vi.stubEnv("SEEDHORSE_API_KEYS", "");
      expect((await run(world, { dryRun: true })).succeeded).toBe(true);
      expect(world.changes()).toEqual([]);
      expect(readFileSync(world.config, "utf8")).toBe(before);
      expect(existsSync(world.secretsFile)).toBe(false);
    }
  });

  it("asks for what it needs, again after a key that SeedHorse refuses", async () => {
    const world = await start({
      loggedIn: false,
      accounts: [
        { id: "a", name: "One" },
        { id: "b", name: "Two" },
      ],
    });
    const { url } = await gateway(() => world);
    world.account = { ...world.account, url };
    vi.stubEnv("SEEDHORSE_API_KEYS", "");
    const keys = ["sh-wrong", MASTER_KEY];
    const questions: string[] = [];
    const { succeeded, output } = await run(
      world,
      {},
      {
        ask: async (question, fallback = "") => {
          questions.push(question);
          return question.startsWith("Accounts") ? "2" : fallback;
        },
        askSecret: async () => keys.shift() ?? "",
        confirm: async () => true,
      },
    );
    expect(output).toContain("SeedHorse key 1 of 1: SeedHorse refuses it (code 20008). Try again");
    expect(succeeded).toBe(true);
    expect(questions).toHaveLength(2);
    expect(world.calls().at(-1)?.accountId).toBe("b");
  });
});

describe("setup fails before anything is created", () => {
  it.each<[string, Partial<StandInAccount>, Partial<SetupOptions>, string, RegExp]>([
    ["without a login", { loggedIn: false }, {}, MASTER_KEY, /not logged in[\s\S]*wrangler -- login/],
    ["while R2 is off", { r2: false }, {}, MASTER_KEY, /R2 is not enabled[\s\S]*10042[\s\S]*dash\.cloudflare\.com/],
    [
      "with two accounts and no choice",
      {
        accounts: [
          { id: "a", name: "One" },
          { id: "b", name: "Two" },
        ],
      },
      {},
      MASTER_KEY,
      /2 accounts[\s\S]*CLOUDFLARE_ACCOUNT_ID[\s\S]*Two \(b\)/,
    ],
    [
      "if another Worker has the name",
      { worker: { secrets: ["DATABASE_URL"], tag: null, versions: ["v"] } },
      {},
      MASTER_KEY,
      /A Worker named paddock exists[\s\S]*wrangler\.toml[\s\S]*--replace/,
    ],
    ["without a SeedHorse key", {}, {}, "", /No SeedHorse key was given[\s\S]*SEEDHORSE_API_KEYS/],
    ["with a key that SeedHorse refuses", {}, {}, "sh-wrong", /key 1 of 1: SeedHorse refuses it \(code 20008\)/],
    ["with a second key that SeedHorse refuses", {}, {}, `${MASTER_KEY}, sh-wrong`, /key 2 of 2: SeedHorse refuses/],
    ["with the same key twice", {}, {}, `${MASTER_KEY},${MASTER_KEY}`, /occurs twice/],
    ["with a domain that is none", {}, { domain: "my gateway" }, MASTER_KEY, /my gateway is not a host name/],
  ])("%s", async (_name, account, options, key, message) => {
    vi.stubEnv("SEEDHORSE_API_KEYS", key);
    const world = await start(account);
    const { succeeded, output } = await run(world, options);
    expect(output).toMatch(message);
    expect(output).toContain("To continue: run the same command again");
    expect(succeeded).toBe(false);
    expect(world.changes()).toEqual([]);
  });

  it.each<[string, Record<string, string>, string, Partial<SetupOptions>, RegExp]>([
    ["with a weak token in the file", { ADMIN_TOKEN: "short" }, "", {}, /ADMIN_TOKEN must have at least 32/],
    ["with a weak signing secret", { SIGNING_SECRETS: "short" }, "", {}, /SIGNING_SECRETS must have at least 32/],
    [
      "with one secret for two settings",
      { ADMIN_TOKEN: "s".repeat(40), SIGNING_SECRETS: "s".repeat(40) },
      "",
      {},
      /must not have an entry of/,
    ],
    [
      "with the placeholder of a key",
      {},
      "sh-your-master-key",
      { checksKeys: false },
      /SEEDHORSE_API_KEYS must not be/,
    ],
    ["with a malformed variable", {}, "", { config: "RETENTION_DAYS" }, /RETENTION_DAYS/],
  ])("%s, by the gateway's own rules", async (_name, secrets, key, options, message) => {
    const world = await start();
    if (options.config !== undefined) {
      world.editConfig((text) => text.replace("[vars]\n", `[vars]\n${options.config} = "-1"\n`));
    }
    new SecretsFile(world.secretsFile).set(secrets);
    if (key !== "") vi.stubEnv("SEEDHORSE_API_KEYS", key);
    const { succeeded, output } = await run(world, { ...options, config: world.config });
    expect(output).toMatch(message);
    expect(output).toContain(`secrets are in ${world.secretsFile}`);
    expect(succeeded).toBe(false);
    expect(world.changes()).toEqual([]);
  });

  it("if SeedHorse cannot be reached, unless the check is left out", async () => {
    const world = await DeploymentWorld.start({}, 'SEEDHORSE_BASE_URL = "http://127.0.0.1:1"');
    const { url } = await gateway(() => world);
    world.account = { ...world.account, url };
    expect((await run(world)).output).toMatch(/127\.0\.0\.1:1 cannot be reached[\s\S]*--no-check/);
    expect(world.changes()).toEqual([]);
    expect((await run(world, { checksKeys: false })).succeeded).toBe(true);
  });
});

describe("setup names the way on and the way back", () => {
  it("keeps a bucket that exists", async () => {
    const world = await start({ buckets: { "paddock-files": ["uploads"] } });
    const { url } = await gateway(() => world);
    world.account = { ...world.account, url };
    const { succeeded, output } = await run(world);
    expect(succeeded).toBe(true);
    expect(output).toContain("paddock-files exists and is kept");
    expect(world.account.buckets["paddock-files"]).toEqual(["uploads", "abandoned-uploads"]);
  });

  it("after a deployment that failed, and continues from there with the same secrets", async () => {
    const world = await start({ deployFails: "You need a workers.dev subdomain in order to proceed." });
    const failed = await run(world);
    expect(failed.succeeded).toBe(false);
    expect(failed.output).toMatch(/The deployment failed:[\s\S]*subdomain[\s\S]*dash\.cloudflare\.com/);
    expect(failed.output).toMatch(/To go back instead:[\s\S]*r2 bucket delete paddock-files/);
    const { url } = await gateway(() => world);
    const file = readFileSync(world.secretsFile, "utf8");
    world.account = { ...world.account, url, deployFails: null };
    expect((await run(world)).succeeded).toBe(true);
    expect(file).toContain(world.account.deployed.SIGNING_SECRETS);
  });

  it("if /healthz never responds 200, with what it responds", async () => {
    const world = await start();
    const { url } = await gateway(() => world, {
      status: 503,
      body: { status: "Configuration: ADMIN_TOKEN is missing" },
    });
    world.account = { ...world.account, url };
    const { succeeded, output } = await run(world);
    expect(succeeded).toBe(false);
    expect(output).toMatch(/healthz responds 503: [\s\S]*ADMIN_TOKEN is missing[\s\S]*npm run doctor/);
    expect(output).toMatch(/To go back instead:\n {2}Worker paddock: npm run wrangler -- delete --name paddock/);
  });

  it("if it is interrupted while it waits", async () => {
    const world = await start();
    const interruption = new AbortController();
    const { url } = await gateway(() => {
      interruption.abort();
      return world;
    });
    world.account = { ...world.account, url: `${url}/unhealthy` };
    const options = { waitSeconds: 60 };
    const { succeeded, output } = await run(world, options, NO_QUESTIONS, world.secretsFile, interruption.signal);
    expect(succeeded).toBe(false);
    expect(output).toMatch(
      /Interrupted\.[\s\S]*run the same command again[\s\S]*To go back instead:\n {2}Worker paddock/,
    );
  });

  it("to the account of the first run, if the login has several", async () => {
    const world = await start();
    const { url } = await gateway(() => world);
    world.account = { ...world.account, url };
    await run(world);
    const another = { id: "account-2", name: "Another" };
    world.account = { ...world.account, accounts: [another, ...world.account.accounts] };
    expect((await run(world)).succeeded).toBe(true);
    expect(world.calls().at(-1)?.accountId).toBe("account-1");
  });

  it("with the operator's token of the environment before the one of the file, which may be replaced", async () => {
    const world = await start();
    const { url } = await gateway(() => world);
    world.account = { ...world.account, url };
    await run(world);
    const deployed = { ...world.account.deployed, ADMIN_TOKEN: "the-token-that-replaced-the-first-one" };
    world.account = { ...world.account, deployed };
    expect((await run(world)).succeeded).toBe(false);
    vi.stubEnv("ADMIN_TOKEN", deployed.ADMIN_TOKEN);
    expect((await run(world)).succeeded).toBe(true);
  });

  it("if the operator's token here is not the deployed one", async () => {
    const world = await start({
      worker: { secrets: ["SEEDHORSE_API_KEYS", "SIGNING_SECRETS", "ADMIN_TOKEN"], tag: null, versions: ["v"] },
    });
    const { url } = await gateway(() => world);
    world.account = { ...world.account, url };
    expect((await run(world)).output).toContain("skipped: the operator's token is not known here");
    vi.stubEnv("ADMIN_TOKEN", "not-the-deployed-token-000000000000");
    const { succeeded, output } = await run(world);
    expect(succeeded).toBe(false);
    expect(output).toMatch(/first tenant cannot be created[\s\S]*20008[\s\S]*secret put ADMIN_TOKEN/);
  });

  it("if the secrets file is of another account, or git would keep it", async () => {
    const world = await start();
    new SecretsFile(world.secretsFile).set({ ACCOUNT_ID: "another" });
    expect((await run(world)).output).toContain("belongs to another Cloudflare account");
    const inGit = await run(world, {}, NO_QUESTIONS, join(REPOSITORY, "paddock.env"));
    expect(inGit.output).toContain("git would keep");
    expect(world.changes()).toEqual([]);
  });
});
