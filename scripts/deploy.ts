/** `npm run deploy [-- --env staging]`: `wrangler deploy`, with this commit as the version's tag, by which the doctor knows it. */
import { spawnSync } from "node:child_process";
import { versionArguments } from "./deployment/platform-steps.ts";
import { REPOSITORY, WRANGLER } from "./gateway-process.ts";

const given = process.argv.slice(2);
// Without --env wrangler warns that wrangler.toml has several environments.
const environment = given.some((argument) => /^(--env\b|-e$)/.test(argument)) ? [] : ["--env", ""];
const version = given.some((argument) => argument.startsWith("--tag")) ? [] : versionArguments("npm run deploy");
const command = [
  "--no-warnings",
  process.env.PADDOCK_WRANGLER ?? WRANGLER,
  "deploy",
  ...environment,
  ...version,
  ...given,
];
process.exitCode = spawnSync(process.execPath, command, { cwd: REPOSITORY, stdio: "inherit" }).status ?? 1;
