/**
 * Stands in for wrangler: records each command, and answers as the platform would from the account in `account.json` of the folder
 * STAND_IN. What it prints is what wrangler 4.155 prints.
 */
import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const folder = process.env.STAND_IN ?? "";
const file = join(folder, "account.json");
const account = JSON.parse(readFileSync(file, "utf8"));
const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const is = (...words) => words.every((word, index) => args[index] === word);

function save() {
  writeFileSync(file, JSON.stringify(account));
}

function end(text, exitCode = 0) {
  process.stdout.write(`${text}\n`);
  process.exit(exitCode);
}

function fail(message, code) {
  process.stderr.write(`\n✘ [ERROR] A request to the Cloudflare API failed.\n\n  ${message} [code: ${code}]\n\n`);
  process.exit(1);
}

const secretsFile = option("--secrets-file");
const secrets = secretsFile ? JSON.parse(readFileSync(secretsFile, "utf8")) : {};
const mode = secretsFile ? (statSync(secretsFile).mode & 0o777).toString(8) : null;
const { CLOUDFLARE_ACCOUNT_ID: accountId = null } = process.env;
appendFileSync(
  join(folder, "calls.jsonl"),
  `${JSON.stringify({ args, secretsFile: secretsFile ?? null, mode, accountId })}\n`,
);

if (is("login")) {
  account.loggedIn = true;
  save();
  end("Successfully logged in.");
}
if (is("whoami")) {
  const { loggedIn, accounts } = account;
  end(JSON.stringify(loggedIn ? { loggedIn, authType: "OAuth Token", accounts } : { loggedIn }), loggedIn ? 0 : 1);
}
if (is("deploy") && args.includes("--dry-run")) end("--dry-run: exiting now.");
if (!account.loggedIn) fail("Not logged in.", 10000);
if (is("r2") && !account.r2) fail("Please enable R2 through the Cloudflare Dashboard.", 10042);
if (is("r2", "bucket", "list")) {
  const rows = Object.keys(account.buckets).map(
    (name) => `name:           ${name}\ncreation_date:  2026-11-30T00:00:00.000Z`,
  );
  end(["Listing buckets...", rows.join("\n\n")].join("\n"));
}
if (is("r2", "bucket", "create")) {
  if (account.buckets[args[3]]) fail("The bucket you tried to create already exists, and you own it.", 10004);
  account.buckets[args[3]] = [];
  save();
  end(`✅ Created bucket '${args[3]}' with default storage class of Standard.`);
}
if (is("r2", "bucket", "lifecycle")) {
  const rules = account.buckets[args[4]];
  if (!rules) fail("The specified bucket does not exist.", 10006);
  if (args[3] === "list") {
    const rows = rules.map((name) => `name:     ${name}\nenabled:  Yes\nprefix:   (all prefixes)\naction:   …`);
    end([`Listing lifecycle rules for bucket '${args[4]}'...`, rows.join("\n\n")].join("\n"));
  }
  rules.push(args[5]);
  save();
  end(`✨ Added lifecycle rule '${args[5]}' to bucket '${args[4]}'.`);
}
if (is("secret", "list")) {
  if (account.worker === null) fail("This Worker does not exist on your account.", 10007);
  end(JSON.stringify(account.worker.secrets.map((name) => ({ name, type: "secret_text" }))));
}
if (is("deployments", "status")) {
  if (account.worker === null) fail("This Worker does not exist on your account.", 10007);
  end(JSON.stringify({ id: "d", versions: account.worker.versions.map((id) => ({ version_id: id, percentage: 50 })) }));
}
if (is("versions", "view")) {
  end(JSON.stringify({ id: args[2], annotations: { "workers/tag": account.worker.tag } }));
}
if (is("deploy")) {
  if (account.deployFails) fail(account.deployFails, 10021);
  const known = account.worker?.secrets ?? [];
  account.worker = {
    secrets: [...new Set([...known, ...Object.keys(secrets)])],
    tag: option("--tag") ?? null,
    versions: ["version-1"],
  };
  Object.assign(account.deployed, secrets);
  save();
  const target = { type: "deploy", version: 1, targets: [account.url] };
  appendFileSync(process.env.WRANGLER_OUTPUT_FILE_PATH ?? "/dev/null", `${JSON.stringify(target)}\n`);
  end(`Deployed\n  ${account.url}`);
}
fail(`Unexpected command: ${args.join(" ")}`, 0);
