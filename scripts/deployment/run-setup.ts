/**
 * Runs setup's steps in order. Each step finds what is there already, so that the same command continues after a failure and changes
 * nothing when it is repeated.
 */
import { ACCOUNT_STEPS } from "./account-steps.ts";
import { PLATFORM_STEPS } from "./platform-steps.ts";
import { SETTINGS_STEPS } from "./settings-steps.ts";
import { type Setup, SetupFailure } from "./setup.ts";
import { forEnvironment } from "./wrangler.ts";

const REHEARSED = "\nNothing was created. Without --dry-run the same command sets the gateway up.";

/** Returns true if every step succeeded, and prints each step's outcome, what failed, and what to do next. */
export async function runSetup(setup: Setup): Promise<boolean> {
  const steps = [...ACCOUNT_STEPS, ...SETTINGS_STEPS, ...PLATFORM_STEPS];
  const { options, settings, print } = setup;
  const rehearsal = options.dryRun ? "; a dry run: nothing is created or changed" : "";
  print(`Setting up ${options.environment}: Worker ${settings.name}${rehearsal}\n`);
  for (const [index, { title, run }] of steps.entries()) {
    const place = `${String(index + 1).padStart(2)}/${steps.length} ${title.padEnd(16)}`;
    try {
      setup.interrupted.throwIfAborted();
      print(`${place} ${await run(setup)}`);
    } catch (error) {
      print(`${place} failed`);
      print(failureReport(setup, asFailure(error, setup)));
      return false;
    }
  }
  print(options.dryRun ? REHEARSED : successReport(setup));
  return true;
}

/** Returns any other error, an interruption too, as a failure, because what was made has to be shown then as well. */
function asFailure(error: unknown, { interrupted }: Setup): SetupFailure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  // Ctrl-C at a question does not reach the signal, and a command of wrangler fails by it.
  if (interrupted.aborted || name === "AbortError") return new SetupFailure("Interrupted", "Nothing is broken.");
  return error instanceof SetupFailure ? error : new SetupFailure(message, "See the message above.");
}

function failureReport({ made, options }: Setup, { message, remedy }: SetupFailure): string {
  const back = made.toReversed().map(({ what, undo }) => `  ${what}: ${undo}`);
  return `
${message}.

To mend it: ${forEnvironment(remedy, options.environment)}
To continue: run the same command again; it keeps what is done.
${back.length === 0 ? "Nothing was created." : `To go back instead:\n${back.join("\n")}`}`;
}

function successReport({ url, secrets, options, settings }: Setup): string {
  const doctor = forEnvironment(`npm run doctor -- --url ${url}`, options.environment);
  const ownDomain =
    settings.domains.length > 0
      ? ""
      : "\n  A domain of your own: run setup again with --domain HOST, before you hand out URLs of files.";
  return `
The gateway is up: ${url}
  Console   ${url}/console   sign in with ADMIN_TOKEN of ${secrets.path}
  Portal    ${url}/portal    for the tenant's own people
  API       ${url}/docs

A first image, which costs what SeedHorse asks for it:
  . '${secrets.path}'
  curl $GATEWAY/api/v1/task/generate -H "Authorization: Bearer $PADDOCK_KEY" -H "Content-Type: application/json" -H "Prefer: wait=60" \\
    -d '{"model": "Imagen Nano Banana 2", "taskName": "First", "type": "txt", "prompt": "a grey kitten"}'

Next:
  Back up ${secrets.path}: SIGNING_SECRETS cannot be read back, and without it every key ends.
  Commit wrangler.toml, if git shows a change.
  ${doctor}   checks all of it, now and later
  docs/operations.md has the first day, customers, money, upgrades and incidents${ownDomain}`;
}
