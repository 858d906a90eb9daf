/** The figures of a run as a table, for people and for docs/reliability.md. */
import type { Evidence } from "./evidence.ts";
import type { Verdict } from "./expectations.ts";

const SHOWN_BREACHES = 8;

/** @returns a Markdown table: each promise, its figures, and whether it was kept */
export function formatReport(evidence: Evidence, verdicts: readonly Verdict[], seed: number): string {
  const { kills, downMs, durationMs, stats, lostAlarms } = evidence;
  const struck = Object.values(stats.faults).reduce((sum, count) => sum + count, 0);
  const kinds = Object.keys(stats.faults).length;
  const share = Math.round((downMs / durationMs) * 100);
  const head = [
    `Seed ${seed}: ${(durationMs / 60_000).toFixed(1)} minutes, ${kills} × SIGKILL of the whole runtime (down ${share} % of the time), ${struck} upstream faults of ${kinds} kinds, ${lostAlarms} alarms overdue.`,
    "",
    "| promise | figures | kept |",
    "| --- | --- | --- |",
  ];
  const rows = verdicts.map(
    ({ promise, figures, breaches }) => `| ${promise} | ${figures} | ${breaches.length === 0 ? "yes" : "**no**"} |`,
  );
  return [...head, ...rows].join("\n");
}

/** @returns every broken promise with its first breaches; empty if none was broken */
export function formatBreaches(verdicts: readonly Verdict[]): string {
  return verdicts
    .filter(({ breaches }) => breaches.length > 0)
    .flatMap(({ promise, breaches }) => {
      const more = breaches.length > SHOWN_BREACHES ? [`… and ${breaches.length - SHOWN_BREACHES} more`] : [];
      return [`Broken: ${promise}`, ...[...breaches.slice(0, SHOWN_BREACHES), ...more].map((line) => `  ${line}`)];
    })
    .join("\n");
}
