/** What the steps of setup share: options, what was found and made, and how a step ends early. */
import type { DeploymentSettings } from "./configuration-file.ts";
import type { Prompt } from "./prompt.ts";
import type { SecretsFile } from "./secrets-file.ts";
import type { EnvironmentName, Wrangler } from "./wrangler.ts";

/** What the person who runs setup has decided on the command line. */
export interface SetupOptions {
  readonly environment: EnvironmentName;
  /** Nothing is created, changed or sent. */
  readonly dryRun: boolean;
  /** No questions: defaults, options and variables decide. */
  readonly isScripted: boolean;
  /** Custom domain; undefined: asked. Empty: none. */
  readonly domain: string | undefined;
  readonly tenantName: string;
  /** wrangler.toml */
  readonly config: string;
  /** How long `/healthz` may take to respond after the deployment. */
  readonly waitSeconds: number;
  /** Whether master keys are checked with SeedHorse. */
  readonly checksKeys: boolean;
  /** Whether a Worker of this name that is not Paddock may be replaced. */
  readonly replacesWorker: boolean;
}

/** One run of setup. The fields that are not readonly are filled by the steps. */
export interface Setup {
  readonly options: SetupOptions;
  readonly prompt: Prompt;
  readonly wrangler: Wrangler;
  readonly secrets: SecretsFile;
  /** Aborted when the person ends setup (Ctrl-C): the step that runs is the last, and what was made is shown. */
  readonly interrupted: AbortSignal;
  /** Shows a line to the person who runs setup. */
  readonly print: (line: string) => void;
  settings: DeploymentSettings;
  isLoggedIn: boolean;
  /** Account of the login; null without one. */
  accountId: string | null;
  /** Names of the secrets that the Worker has; null if there is no Worker yet. */
  deployedSecrets: readonly string[] | null;
  /** Master keys to deploy, comma-separated; null: the Worker keeps its own. */
  masterKeys: string | null;
  /** Origin of the gateway, known after the deployment. */
  url: string | null;
  /** What this run has made, each with the command that undoes it. */
  readonly made: { readonly what: string; readonly undo: string }[];
}

/** Returns the secrets that the Worker lacks, and no other: what was replaced since the last run stays. */
export function secretsToSend({ secrets, deployedSecrets, masterKeys }: Setup): Record<string, string> {
  const sent: Record<string, string> = masterKeys === null ? {} : { SEEDHORSE_API_KEYS: masterKeys };
  for (const name of ["SIGNING_SECRETS", "ADMIN_TOKEN"] as const) {
    const value = secrets.get(name);
    if (value !== undefined && !deployedSecrets?.includes(name)) sent[name] = value;
  }
  return sent;
}

/** A step: `run` returns one line about its outcome. */
export interface SetupStep {
  readonly title: string;
  /** @throws SetupFailure */
  run(setup: Setup): Promise<string>;
}

/** A step that cannot go on: what is wrong in one line, and what to do. */
export class SetupFailure extends Error {
  override readonly name = "SetupFailure";
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Returns the last lines of a command's output that say something. */
export function endOf(output: string, lines = 12): string {
  const said = output.split("\n").filter((line) => line.trim() !== "" && !/^[─-]+$/.test(line.trim()));
  return said.slice(-lines).join("\n");
}
