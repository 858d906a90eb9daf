/** What happens to one task upstream: its price, its ending, and the faults that strike it, written into its prompt. */
import type { SeededRandom } from "./random.ts";

/**
 * Faults for one submission, poll or download (simulator/README.md). Each strikes a few times and then ends, so that every
 * task can end. `-after`: the upstream has accepted and charged, and the response is lost.
 */
const GENERATE_FAULTS = [
  ["drop", "drop-after", "http:500", "http:503", "http-after:502", "http-after:504", "html", "html-after"],
  ["code:10001", "code:10006", "code:60002", "cut-json", "cut-body", "wrong-types", "empty", "empty-after"],
  ["slow:700", "slow-after:2500", "redirect", "body:{}", "body:null"],
].flat();
const QUERY_FAULTS = [
  ["drop", "http:500", "http:503", "html", "cut-json", "cut-body", "wrong-types", "empty", "code:10001", "lost"],
  ["task-status:7", "progress:80", "progress:3", "slow:700", "redirect", "body:7", "code:10006", "http:429"],
].flat();
const FILE_FAULTS = [
  ["drop", "http:503", "http:404", "html", "empty", "truncated:1000", "chunked", "chunked-cut:1000", "gzip"],
  ["encoding:GZIP", "encoding:BR", "encoding:gzip+br", "encoding:gzip+identity", "encoding:none", "packed", "cut"],
  ["type:text/html", "type:application/json", "corrupt", "trickle:900", "expired", "missing", "redirect", "slow:700"],
].flat();
/** They keep a call busy until the gateway's own limit ends it, half a minute later: for runs that have the time. */
const HANGS = { generate: ["hang", "hang-headers"], query: ["hang", "hang-headers"], file: ["hang", "hang-headers"] };

/** Which share of the tasks is struck in each way. */
const STRUCK = { generate: 0.45, query: 0.45, file: 0.35 } as const;
const HANGING = 0.04;

/** @returns the inside of a `[[sim: …]]` directive */
export function drawTaskPlan(random: SeededRandom, options: { readonly hangs: boolean }): string {
  const words = [`price=${random.integer(1, 40)}`, ending(random)];
  if (random.chance(0.2)) words.push("thumbnail");
  if (random.chance(0.25)) words.push(`bytes=${random.integer(1, 6) * 400_000}`);
  if (random.chance(0.15)) words.push("urlTtlSeconds=4");
  for (const [on, list] of [
    ["generate", GENERATE_FAULTS],
    ["query", QUERY_FAULTS],
    ["file", FILE_FAULTS],
  ] as const) {
    if (!random.chance(STRUCK[on])) continue;
    const faults = Array.from({ length: random.integer(1, 2) }, () => `${random.pick(list)}*${random.integer(1, 2)}`);
    if (options.hangs && random.chance(HANGING)) faults.push(`${random.pick(HANGS[on])}*1`);
    words.push(`${on}=${faults.join(",")}`);
  }
  return words.filter((word) => word !== "").join(" ");
}

function ending(random: SeededRandom): string {
  const dice = random.next();
  if (dice < 0.08) return 'fail="the model gave up"';
  if (dice < 0.12) return "cancel";
  if (dice < 0.14) return "results=0";
  if (dice < 0.18) return "failedResults=0";
  return "";
}
