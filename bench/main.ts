/**
 * `npm run bench`: the gateway on plain workerd beside a bare proxying worker, and nginx and Portkey where they are there.
 *
 *     npm run bench                          all of it, about half an hour
 *     npm run bench -- --quick               the goals and which of them hold, less than five minutes
 *     npm run bench -- --only generate,query --rounds 5 --seconds 4
 *     npm run bench -- --write               also writes the tables and the chart in docs/
 *     npm run bench -- --only cost --write   those of docs/cost.md alone
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { REPOSITORY } from "../scripts/gateway-process.ts";
import { buildBundle } from "./bundle.ts";
import { chartGroup, renderChart } from "./chart.ts";
import { measureCost } from "./cost.ts";
import { costSections } from "./cost-report.ts";
import { measureFiles } from "./files.ts";
import { measureGrowth } from "./growth.ts";
import { measureMemory } from "./memory.ts";
import { measurePace } from "./pace.ts";
import { simulatePace } from "./pace-simulation.ts";
import { goalsOf } from "./reach/goals.ts";
import { measureReach } from "./reach/measure.ts";
import { circumstances, performanceSections, type Results } from "./report.ts";
import type { Plan } from "./rounds.ts";
import { asMarkdown, asText } from "./section.ts";
import { measureStartup } from "./startup.ts";
import { measureThroughput } from "./throughput.ts";
import { startUpstream } from "./upstream.ts";

const ALL = ["reach", "generate", "query", "refusals", "files", "memory", "growth", "pace", "startup", "cost"] as const;
const QUICK = ["reach", "startup", "cost"] as const;
const USAGE = `npm run bench -- [--quick] [--write] [--only ${ALL.join(",")}] [--rounds N] [--seconds N]`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean" },
    quick: { type: "boolean" },
    write: { type: "boolean" },
    only: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const quick = values.quick ?? false;
const chosen = new Set(values.only?.split(",") ?? (quick ? QUICK : ALL));
for (const name of chosen) {
  if (!ALL.some((known) => known === name)) throw new Error(`there is no workload ${name}: ${USAGE}`);
}
/** Everything that docs/performance.md shows: the page is written whole or not at all. */
const onPerformancePage = ALL.filter((name) => name !== "cost");
const isWholePage = onPerformancePage.every((name) => chosen.has(name));
if (values.write && !isWholePage && onPerformancePage.some((name) => chosen.has(name))) {
  throw new Error("--write needs all workloads, or --only cost");
}

const folder = mkdtempSync(join(tmpdir(), "paddock-bench-"));
const plan: Plan = {
  rounds: Number(values.rounds ?? (quick ? 1 : 5)),
  seconds: Number(values.seconds ?? (quick ? 1 : 4)),
  connections: 32,
  folder,
};
const size = quick
  ? { stored: 5_000, running: 100, endUsers: 5_000 }
  : { stored: 200_000, running: 1_000, endUsers: 100_000 };
/** Rounds of slices of 350 ms. */
const rotations = quick ? 10 : 40;
const loadAtStart = loadavg()[0] ?? 0;
const say = (what: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`);

async function when<T>(name: (typeof ALL)[number], measure: () => Promise<T>): Promise<T | null> {
  if (!chosen.has(name)) return null;
  say(name);
  return measure();
}

say("bundle");
const bundle = await buildBundle(join(folder, "bundle"));
const upstream = await startUpstream(folder);
// A quick run counts while it measures: some tasks and their tenant's reports take almost five minutes and hardly any CPU.
const counted = quick ? when("cost", () => measureCost(folder, "alone")) : null;
const reach = await when("reach", () => measureReach(bundle, upstream.url, folder, rotations, say));
const inThroughput = ["generate", "query", "refusals"].filter((name) => chosen.has(name));
if (inThroughput.length > 0) say(inThroughput.join(", "));
const measured = {
  bundle,
  throughput: inThroughput.length > 0 ? await measureThroughput(bundle, upstream.url, plan, chosen) : null,
  files: await when("files", () => measureFiles(bundle, plan)),
  memory: await when("memory", () => measureMemory(bundle, upstream.url, plan, quick ? 500 : 5_000)),
  growth: await when("growth", () => measureGrowth(bundle, upstream.url, plan, size)),
  pace: await when("pace", () => measurePace(bundle, folder, size.running)),
  startup: await when("startup", () => measureStartup(bundle, upstream.url, folder, quick ? 3 : 9)),
  cost: await (counted ?? when("cost", () => measureCost(folder))),
};
const beside = { startup: measured.startup, cost: measured.cost?.alone ?? null, pace: simulatePace(1_000) };
const results: Results = { ...measured, goals: reach === null ? null : goalsOf(reach, beside), paces: beside.pace };
await upstream.stop();

const sections = performanceSections(results);
const costs = results.cost ? costSections(results.cost) : [];
for (const section of [...sections, ...costs]) console.log(asText(section));
const load = `${loadAtStart.toFixed(1)}, ${(loadavg()[0] ?? 0).toFixed(1)}`;
const where = circumstances(plan, load);
console.log(`\n${where}`);

if (values.write) {
  if (costs.length > 0) replaceBlock("docs/cost.md", costs.map(asMarkdown).join("\n"));
  if (isWholePage) writePerformancePage();
}
rmSync(folder, { recursive: true, force: true });
process.exit(0);

function writePerformancePage(): void {
  replaceBlock("docs/performance.md", [where, "", ...sections.map(asMarkdown)].join("\n"));
  const { throughput, files } = results;
  const groups = [
    ...(throughput
      ? [
          chartGroup("Submissions", throughput.generate),
          chartGroup("Queries", throughput.query),
          chartGroup("Rejected requests", throughput.refusals),
        ]
      : []),
    ...(files ?? []).map(({ name, figures }) => chartGroup(`Files, ${name}`, figures)),
  ].filter(({ bars }) => bars.length > 0);
  if (groups.length > 0) writeFileSync(join(REPOSITORY, "docs/performance.svg"), renderChart(groups));
}

/** Puts `text` between the marks in a page that is otherwise written by hand. */
function replaceBlock(page: string, text: string): void {
  const file = join(REPOSITORY, page);
  const [begin, end] = ["<!-- measured: begin -->", "<!-- measured: end -->"];
  const before = readFileSync(file, "utf8");
  const from = before.indexOf(begin);
  const to = before.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} has no place for the figures`);
  writeFileSync(file, `${before.slice(0, from + begin.length)}\n\n${text}\n${before.slice(to)}`);
}
