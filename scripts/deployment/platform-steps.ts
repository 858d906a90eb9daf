/** Setup's last part: bucket, deployment, the first tenant. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createKey, GatewayClient, RefusedError } from "../gateway-client.ts";
import { currentCommit } from "./commit.ts";
import { endOf, type Setup, SetupFailure, type SetupStep, secretsToSend } from "./setup.ts";
import { PLATFORM_CODES } from "./wrangler.ts";

/** Rules of the bucket that every deployment has: uploads live 7 days, abandoned multipart uploads one. */
const LIFECYCLE_RULES: readonly (readonly [name: string, ...args: string[]])[] = [
  ["uploads", "uploads/", "--expire-days", "9"],
  ["abandoned-uploads", "--abort-multipart-days", "1"],
];

const bucket: SetupStep = {
  title: "Bucket",
  run: async ({ wrangler, settings, options, made }) => {
    const name = settings.bucket ?? "";
    if (options.dryRun) return `a real run creates ${name}`;
    const { exitCode, output, codes } = await wrangler.run(["r2", "bucket", "create", name]);
    if (codes.includes(PLATFORM_CODES.bucketExists)) return `${name} exists and is kept as it is`;
    if (exitCode !== 0)
      throw new SetupFailure(`${name} cannot be created:\n${endOf(output)}`, "See the message above.");
    made.push({ what: `bucket ${name}`, undo: `npm run wrangler -- r2 bucket delete ${name}` });
    return `${name} created`;
  },
};

/** Returns which of the rules a bucket lacks, from the output of `wrangler r2 bucket lifecycle list`. */
export function missingRules(output: string): typeof LIFECYCLE_RULES {
  const names = new Set([...output.matchAll(/^name:\s+(.+?)\s*$/gm)].map(([, name]) => name));
  return LIFECYCLE_RULES.filter(([name]) => !names.has(name));
}

/** Returns the arguments of the command that adds a rule. */
export function addRuleCommand(bucketName: string, [name, ...args]: (typeof LIFECYCLE_RULES)[number]): string[] {
  return ["r2", "bucket", "lifecycle", "add", bucketName, name, ...args, "--force"];
}

const lifecycle: SetupStep = {
  title: "Lifecycle rules",
  run: async ({ wrangler, settings, options }) => {
    const names = LIFECYCLE_RULES.map(([name]) => name).join(", ");
    if (options.dryRun) return `a real run adds ${names}`;
    const name = settings.bucket ?? "";
    const list = await wrangler.run(["r2", "bucket", "lifecycle", "list", name]);
    if (list.exitCode !== 0)
      throw new SetupFailure(`Rules cannot be listed:\n${endOf(list.output)}`, "See the message above.");
    for (const rule of missingRules(list.output)) {
      const { exitCode, output } = await wrangler.run(addRuleCommand(name, rule));
      if (exitCode !== 0)
        throw new SetupFailure(`Rule ${rule[0]} cannot be added:\n${endOf(output)}`, "See the message above.");
    }
    return names;
  },
};

/** Returns the arguments that mark a version with this commit. */
export function versionArguments(message: string): string[] {
  const commit = currentCommit();
  return commit === null ? [] : ["--tag", commit, "--message", message];
}

const deployment: SetupStep = {
  title: "Deployment",
  run: async (setup) => {
    const { wrangler, settings, options, made, deployedSecrets } = setup;
    if (options.dryRun) {
      const { exitCode, output } = await wrangler.deploy(["--dry-run"]);
      if (exitCode !== 0) throw new SetupFailure(`The dry run failed:\n${endOf(output)}`, "See the message above.");
      return "the dry run built the Worker";
    }
    const { exitCode, output, targets } = await deployWithSecrets(setup);
    if (exitCode !== 0) {
      const remedy = /subdomain/i.test(output)
        ? "Open https://dash.cloudflare.com/?to=/:account/workers once, which gives the account its workers.dev name."
        : /zone|custom domain|hostname/i.test(output)
          ? "The domain's zone must be active in this account, and have no other DNS record of that name."
          : "See the message above.";
      throw new SetupFailure(`The deployment failed:\n${endOf(output)}`, remedy);
    }
    if (deployedSecrets === null) {
      made.push({ what: `Worker ${settings.name}`, undo: `npm run wrangler -- delete --name ${settings.name}` });
    }
    const [domain] = settings.domains;
    setup.url = domain ? `https://${domain}` : (targets.find((target) => /^https?:/.test(target)) ?? null);
    if (setup.url !== null) return setup.url;
    throw new SetupFailure(
      "The Worker is deployed and has no address",
      "Set `workers_dev = true` in wrangler.toml, or give a domain with `--domain`.",
    );
  },
};

async function deployWithSecrets(setup: Setup) {
  const { wrangler } = setup;
  const sent = secretsToSend(setup);
  const version = versionArguments("npm run setup");
  if (Object.keys(sent).length === 0) return wrangler.deploy(version);
  const folder = mkdtempSync(join(tmpdir(), "paddock-secrets-"));
  try {
    // JSON, because wrangler expands $NAME in its other format.
    const file = join(folder, "secrets.json");
    writeFileSync(file, JSON.stringify(sent), { mode: 0o600 });
    return await wrangler.deploy([...version, "--secrets-file", file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const POLL_MS = 1_000;

const health: SetupStep = {
  title: "Health",
  run: async ({ url, options, interrupted: signal }) => {
    if (url === null) return "a real run waits for /healthz";
    const giveUpAt = Date.now() + options.waitSeconds * 1_000;
    for (;;) {
      const problem = await problemAt(url);
      if (problem === null) return "/healthz responds 200";
      if (Date.now() >= giveUpAt) {
        throw new SetupFailure(
          `${url}/healthz ${problem}`,
          `A new domain's certificate can take some minutes. Then run setup again, or look closer: npm run doctor -- --url ${url}`,
        );
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  },
};

async function problemAt(url: string): Promise<string | null> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(10_000), redirect: "manual" });
    if (response.status === 200) return null;
    return `responds ${response.status}: ${(await response.text()).slice(0, 300)}`;
  } catch (error) {
    const { cause, message } = error as Error;
    return `cannot be reached (${cause instanceof Error ? cause.message : message})`;
  }
}

const tenant: SetupStep = {
  title: "First tenant",
  run: async ({ url, secrets, options, made }) => {
    if (url === null) return "a real run creates one, with a key";
    const token = process.env.ADMIN_TOKEN || secrets.get("ADMIN_TOKEN");
    if (token === undefined) return "skipped: the operator's token is not known here; create one in the console";
    secrets.set({ GATEWAY: url });
    const operator = new GatewayClient(url, token);
    const known = secrets.get("TENANT_ID");
    try {
      if (known !== undefined && secrets.get("PADDOCK_KEY") !== undefined) {
        await operator.call("GET", `/admin/v1/tenants/${known}`);
        return `${known} exists`;
      }
      const body = { name: options.tenantName };
      const create = () => operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", body);
      const tenantId = known ?? (await create()).tenantId;
      // Each part is kept as soon as it is there, so that the next run does not make it again.
      secrets.set({ TENANT_ID: tenantId });
      secrets.set({ PADDOCK_KEY: await createKey(operator, tenantId) });
      made.push({ what: `tenant ${tenantId}`, undo: "delete it in the console" });
      return `${options.tenantName} (${tenantId}), its key is PADDOCK_KEY in the same file`;
    } catch (error) {
      throw new SetupFailure(
        `The first tenant cannot be created: ${(error as Error).message}`,
        error instanceof RefusedError && error.status === 401
          ? `Is ADMIN_TOKEN in the environment or in ${secrets.path} the deployed one? \`npm run wrangler -- secret put ADMIN_TOKEN\` replaces it.`
          : "See the message above.",
      );
    }
  },
};

/** In this order. */
export const PLATFORM_STEPS: readonly SetupStep[] = [bucket, lifecycle, deployment, health, tenant];
