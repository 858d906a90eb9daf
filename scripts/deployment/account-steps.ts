/** Setup's first steps: what must be true of this machine and the Cloudflare account before anything is created. */
import { endOf, type Setup, SetupFailure, type SetupStep } from "./setup.ts";
import { type Account, PLATFORM_CODES } from "./wrangler.ts";

const LEAST_NODE = [22, 12] as const;

/** Returns true if this Node runs the repository's scripts. */
export function isNodeRecent(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
}

const tools: SetupStep = {
  title: "Node.js",
  run: async () => {
    const { node } = process.versions;
    if (isNodeRecent(node)) return node;
    throw new SetupFailure(
      `Node ${node} is too old; ${LEAST_NODE.join(".")} or later is needed`,
      "Run `npm ci` and start setup with `npm run setup`.",
    );
  },
};

const login: SetupStep = {
  title: "Cloudflare login",
  run: async (setup) => {
    const { wrangler, options, prompt } = setup;
    let accounts = await wrangler.accounts();
    if (accounts === null && !options.isScripted && !options.dryRun) {
      if (await prompt.confirm("You are not logged in to Cloudflare. Open a browser to log in?")) {
        await wrangler.run(["login"], {}, true);
        accounts = await wrangler.accounts();
      }
    }
    if (accounts === null) {
      if (options.dryRun) return "not logged in; a real run stops here";
      throw new SetupFailure(
        "You are not logged in to Cloudflare",
        "Run `npm run wrangler -- login`, or set CLOUDFLARE_API_TOKEN (template “Edit Cloudflare Workers”, with R2 edit).",
      );
    }
    setup.isLoggedIn = true;
    const account = await chooseAccount(setup, accounts);
    setup.accountId = account.id;
    wrangler.accountId = account.id;
    const known = setup.secrets.get("ACCOUNT_ID");
    if (known !== undefined && known !== account.id) {
      throw new SetupFailure(
        `${setup.secrets.path} belongs to another Cloudflare account`,
        "Name another file with `--secrets FILE`, or log in to the other account.",
      );
    }
    return account.name;
  },
};

async function chooseAccount({ options, prompt, secrets }: Setup, accounts: readonly Account[]): Promise<Account> {
  const [only] = accounts;
  const list = accounts.map(({ id, name }, index) => `${index + 1}. ${name} (${id})`).join("\n    ");
  const given = process.env.CLOUDFLARE_ACCOUNT_ID;
  // Of several accounts a later run takes the one of the first.
  const wanted = given || (accounts.length === 1 ? only?.id : secrets.get("ACCOUNT_ID"));
  const chosen = accounts.find(({ id }) => id === wanted);
  if (chosen) return chosen;
  if (accounts.length === 0 || given || options.isScripted || options.dryRun) {
    throw new SetupFailure(
      given ? "CLOUDFLARE_ACCOUNT_ID names no account of this login" : `This login has ${accounts.length} accounts`,
      `Set CLOUDFLARE_ACCOUNT_ID to one of them:\n    ${list}`,
    );
  }
  const answer = await prompt.ask(`Accounts:\n    ${list}\n  Which one`, "1");
  const account = accounts[Number(answer) - 1];
  if (!account) throw new SetupFailure(`There is no account ${answer}`, "Run setup again.");
  return account;
}

const storage: SetupStep = {
  title: "R2",
  run: async ({ wrangler, isLoggedIn }) => {
    if (!isLoggedIn) return "not looked at";
    const { exitCode, output, codes } = await wrangler.run(["r2", "bucket", "list"]);
    if (codes.includes(PLATFORM_CODES.r2NotEnabled)) {
      throw new SetupFailure(
        "R2 is not enabled for this account (10042)",
        "Open https://dash.cloudflare.com/?to=/:account/r2/overview and enable it (it has a free tier and asks for a payment method).",
      );
    }
    if (exitCode !== 0)
      throw new SetupFailure(`The buckets cannot be listed:\n${endOf(output)}`, "See the message above.");
    return "enabled";
  },
};

const worker: SetupStep = {
  title: "Worker",
  run: async (setup) => {
    const { wrangler, isLoggedIn, settings, options, prompt } = setup;
    if (!isLoggedIn) return `${settings.name}, not looked at`;
    const names = await wrangler.secretNames();
    if (names !== null && "failed" in names) {
      throw new SetupFailure(`The Worker cannot be looked up:\n${endOf(names.failed)}`, "See the message above.");
    }
    setup.deployedSecrets = names;
    if (names === null) return `${settings.name} is new`;
    if (names.includes("SIGNING_SECRETS")) return `${settings.name} exists and is updated`;
    const question = `A Worker named ${settings.name} exists and is not a Paddock that setup knows. Replace it?`;
    if (options.replacesWorker || (!options.isScripted && !options.dryRun && (await prompt.confirm(question)))) {
      return `${settings.name} is replaced`;
    }
    throw new SetupFailure(
      `A Worker named ${settings.name} exists in this account and has no secrets of Paddock`,
      "Give this one another `name` in wrangler.toml, or allow replacing it with `--replace`.",
    );
  },
};

/** In this order; none of them creates anything. */
export const ACCOUNT_STEPS: readonly SetupStep[] = [tools, login, storage, worker];
