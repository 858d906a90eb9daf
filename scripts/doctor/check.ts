/** What the doctor's checks have in common: how one ends, how a group of them runs, how findings are shown. */
import { type EnvironmentName, forEnvironment } from "../deployment/wrangler.ts";

/** The three groups, in their order. */
export const GROUPS = ["configuration", "platform", "live"] as const;
/** Name of a group of checks. */
export type GroupName = (typeof GROUPS)[number];

/** How a check ended. */
export interface Outcome {
  readonly state: "ok" | "warning" | "failed" | "skipped";
  /** What was found, in one line without secrets. */
  readonly found: string;
  /** The command or change that mends it. */
  readonly remedy: string | null;
}

/** One check. An error that it throws is a failure. */
export interface Check {
  readonly name: string;
  run(): Outcome | Promise<Outcome>;
}

/** The outcome of one check, as `--json` prints it. */
export interface Finding extends Outcome {
  readonly group: GroupName;
  readonly name: string;
}

/** Returns the outcome of a check that found nothing wrong. */
export const ok = (found: string): Outcome => ({ state: "ok", found, remedy: null });
/** Returns the outcome of a check that could not run; no fault of the deployment. */
export const skipped = (found: string): Outcome => ({ state: "skipped", found, remedy: null });
/** Returns the outcome of a check that found what works and should be changed. */
export const warning = (found: string, remedy: string): Outcome => ({ state: "warning", found, remedy });
/** Returns the outcome of a check that found what does not work. */
export const failed = (found: string, remedy: string): Outcome => ({ state: "failed", found, remedy });

/** Runs checks one after the other, because later ones rely on what earlier ones found. */
export async function runChecks(
  group: GroupName,
  checks: readonly Check[],
  show: (finding: Finding) => void,
  environment: EnvironmentName = "production",
) {
  const findings: Finding[] = [];
  for (const { name, run } of checks) {
    let outcome: Outcome;
    try {
      outcome = await run();
    } catch (error) {
      outcome = failed(
        `could not be checked: ${reasonOf(error)}`,
        "Mend what stands above, then run the doctor again.",
      );
    }
    const remedy = outcome.remedy && forEnvironment(outcome.remedy, environment);
    const finding = { group, name, ...outcome, remedy };
    findings.push(finding);
    show(finding);
  }
  return findings;
}

const SIGNS = { ok: "✓", warning: "!", failed: "✗", skipped: "·" } as const;

/** Returns the line of a finding for people, and below it the remedy. */
export function findingText({ name, state, found, remedy }: Finding): string {
  const line = `  ${SIGNS[state]} ${name.padEnd(24)} ${found}`;
  return remedy === null ? line : `${line}\n      → ${remedy}`;
}

/** Returns why something failed, in one line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message ? error.cause.message : error.message;
}
