/** The doctor's second group: the Cloudflare account, read with wrangler. */
import { currentCommit } from "../deployment/commit.ts";
import type { DeploymentSettings } from "../deployment/configuration-file.ts";
import { addRuleCommand, missingRules } from "../deployment/platform-steps.ts";
import { endOf } from "../deployment/setup.ts";
import { PLATFORM_CODES, type Wrangler, type WranglerResult } from "../deployment/wrangler.ts";
import { type Check, failed, type Outcome, ok, skipped, warning } from "./check.ts";

const SECRETS = ["SEEDHORSE_API_KEYS", "SIGNING_SECRETS", "ADMIN_TOKEN"];
const RUN = "npm run wrangler --";

interface Deployment {
  readonly versions: readonly { readonly version_id: string; readonly percentage: number }[];
}

/**
 * Returns the checks, in their order.
 * @param commit the commit that should be deployed, by default this checkout's
 */
export function platformChecks(
  wrangler: Wrangler,
  settings: DeploymentSettings,
  commit: string | null = currentCommit(),
): Check[] {
  let isLoggedIn = false;
  let hasR2 = false;
  let hasBucket = false;
  let deployment: Deployment | null = null;
  const bucket = settings.bucket ?? "";
  const needs = (condition: () => boolean, run: () => Promise<Outcome>) => async () =>
    condition() ? run() : skipped("needs what stands above");
  const loggedIn = () => isLoggedIn;

  const checks: [name: string, condition: () => boolean, run: () => Promise<Outcome>][] = [
    [
      "Cloudflare login",
      () => true,
      async () => {
        const accounts = await wrangler.accounts();
        if (accounts === null) return failed("not logged in", `${RUN} login, or set CLOUDFLARE_API_TOKEN`);
        const wanted = wrangler.accountId ?? (accounts.length === 1 ? accounts[0]?.id : undefined);
        const account = accounts.find(({ id }) => id === wanted);
        if (!account) {
          const list = accounts.map(({ id, name }) => `${name} (${id})`).join(", ");
          const found =
            wanted === undefined ? "several accounts, none is chosen" : "the gateway's account is not among";
          return failed(`${found}: ${list}`, `set CLOUDFLARE_ACCOUNT_ID, or log in to the other account: ${RUN} login`);
        }
        isLoggedIn = true;
        return ok(account.name);
      },
    ],
    [
      "R2",
      loggedIn,
      async () => {
        const list = await wrangler.run(["r2", "bucket", "list"]);
        if (list.codes.includes(PLATFORM_CODES.r2NotEnabled)) {
          return failed("not enabled (10042)", "enable it: https://dash.cloudflare.com/?to=/:account/r2/overview");
        }
        if (list.exitCode !== 0) return cannotRead(list);
        hasR2 = true;
        hasBucket = new RegExp(`^name:\\s+${RegExp.escape(bucket)}\\s*$`, "m").test(list.output);
        return ok("enabled");
      },
    ],
    [
      "bucket",
      () => hasR2,
      async () => (hasBucket ? ok(bucket) : failed(`there is no ${bucket}`, `${RUN} r2 bucket create ${bucket}`)),
    ],
    [
      "lifecycle rules",
      () => hasBucket,
      async () => {
        const list = await wrangler.run(["r2", "bucket", "lifecycle", "list", bucket]);
        if (list.exitCode !== 0) return cannotRead(list);
        const [missing, ...others] = missingRules(list.output);
        if (!missing) return ok("uploads expire, abandoned uploads are aborted");
        const names = [missing, ...others].map(([name]) => name).join(", ");
        return warning(`missing: ${names}`, `${RUN} ${addRuleCommand(bucket, missing).join(" ")}`);
      },
    ],
    [
      "deployed",
      loggedIn,
      async () => {
        const status = await wrangler.runForWorker(["deployments", "status", "--json"]);
        if (status.codes.some((code) => PLATFORM_CODES.noSuchWorker.includes(code as 10007))) {
          return failed(`there is no Worker ${settings.name}`, "npm run setup");
        }
        if (status.exitCode !== 0) return cannotRead(status);
        deployment = JSON.parse(status.stdout.slice(status.stdout.indexOf("{"))) as Deployment;
        return ok(settings.name);
      },
    ],
    [
      "secrets",
      () => deployment !== null,
      async () => {
        const names = await wrangler.secretNames();
        if (names === null || "failed" in names) return failed("cannot be listed", "npm run setup");
        const missing = SECRETS.filter((name) => !names.includes(name));
        return missing.length === 0
          ? ok(SECRETS.join(", "))
          : failed(`missing: ${missing.join(", ")}`, "npm run setup");
      },
    ],
    [
      "one version",
      () => deployment !== null,
      async () => {
        const versions = deployment?.versions ?? [];
        if (versions.length === 1) return ok("all traffic on one version");
        const shares = versions.map(({ version_id, percentage }) => `${version_id} ${percentage} %`);
        return warning(`a gradual deployment: ${shares.join(", ")}`, `${RUN} versions deploy, or ${RUN} rollback`);
      },
    ],
    [
      "this commit",
      () => deployment !== null,
      async () => {
        const id = deployment?.versions[0]?.version_id ?? "";
        const view = await wrangler.runForWorker(["versions", "view", id, "--json"]);
        if (view.exitCode !== 0) return cannotRead(view);
        const version = JSON.parse(view.stdout.slice(view.stdout.indexOf("{"))) as {
          annotations?: Record<string, string>;
        };
        const tag = version.annotations?.["workers/tag"] || null;
        if (tag !== null && tag === commit) return ok(tag);
        return warning(`deployed is ${tag ?? "a version without a tag"}, this checkout is ${commit}`, "npm run deploy");
      },
    ],
  ];
  return checks.map(([name, condition, run]) => ({ name, run: needs(condition, run) }));
}

function cannotRead({ output }: WranglerResult): Outcome {
  return failed(
    `cannot be read: ${endOf(output, 2).replaceAll("\n", " ")}`,
    `${RUN} whoami, which lists the permissions`,
  );
}
