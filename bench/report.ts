/** The figures as text: one list of sections, shown as plain tables on the terminal and as Markdown in docs/. */
import { cpus, release, totalmem } from "node:os";
import { formatBytes } from "../scripts/table.ts";
import type { Bundle } from "./bundle.ts";
import type { Costs } from "./cost.ts";
import type { FileFigures } from "./files.ts";
import type { Growth } from "./growth.ts";
import { GENERATOR } from "./load.ts";
import type { Memory } from "./memory.ts";
import type { PaceFigures } from "./pace.ts";
import type { SimulatedPace } from "./pace-simulation.ts";
import type { Goal } from "./reach/goals.ts";
import type { Figures } from "./rounds.ts";
import { number, type Section } from "./section.ts";
import type { Startup } from "./startup.ts";
import type { Spread } from "./statistics.ts";
import type { Throughput } from "./throughput.ts";
import { UPSTREAM_SERVER } from "./upstream.ts";

/** Everything that was measured; what was not is null. */
export interface Results {
  readonly bundle: Bundle;
  readonly throughput: Throughput | null;
  readonly files: readonly FileFigures[] | null;
  readonly memory: Memory | null;
  readonly growth: Growth | null;
  readonly pace: PaceFigures | null;
  readonly startup: Startup | null;
  readonly cost: Costs | null;
  readonly goals: readonly Goal[] | null;
  readonly paces: readonly SimulatedPace[];
}

const ms = (value: Spread) => `${number(value.median, 2)} (${number(value.min, 2)}–${number(value.max, 2)})`;
const ratio = (value: Spread) => `${number(value.median, 2)} (${number(value.min, 2)}–${number(value.max, 2)})`;

const FIGURES_HEAD = [
  "",
  "requests/s",
  "of bare (min–max)",
  "p50 ms",
  "p99 ms",
  "one connection: p50",
  "p99",
  "CPU ms/request",
  "CPU of bare",
];

function figuresRow(figures: Figures): string[] {
  return [
    figures.name,
    number(figures.perSecond.median, 0),
    ratio(figures.ratio),
    number(figures.p50Ms.median, 2),
    number(figures.p99Ms.median, 2),
    number(figures.quietP50Ms.median, 2),
    number(figures.quietP99Ms.median, 2),
    figures.cpuMs === null ? "–" : number(figures.cpuMs.median, 3),
    figures.cpuRatio === null ? "–" : number(figures.cpuRatio.median, 2),
  ];
}

const LEAST = "“The least” is a worker that does only what the design needs of the platform (`bench/least-worker.js`).";

function throughputSections({ generate, query, refusals, syncsPerGenerate }: Throughput): Section[] {
  const section = (title: string, note: string, figures: readonly Figures[]): Section => ({
    title,
    note,
    head: FIGURES_HEAD,
    rows: figures.map(figuresRow),
  });
  const syncs =
    syncsPerGenerate === null
      ? "Durable writes could not be counted here (neither perf nor strace)."
      : `Durable writes (fsync, fdatasync) an accepted submission at saturation: ${number(syncsPerGenerate.sixteen, 2)} ` +
        `with 16 tenants, ${number(syncsPerGenerate.hot, 2)} with one.`;
  return [
    section("Submissions", `\`POST /api/v1/task/generate\` with an idempotency key. ${syncs} ${LEAST}`, generate),
    section("Queries", `\`GET /api/v1/query/{taskId}\` of running tasks. ${LEAST}`, query),
    section(
      "Rejected requests",
      "Submissions that are refused, beside the bare worker's that are passed on.",
      refusals,
    ),
  ].filter(({ rows }) => rows.length > 0);
}

function filesSection(files: readonly FileFigures[]): Section {
  return {
    title: "Files",
    note: "Results from the bucket, beside a bare worker that streams the same object from the same bucket.",
    head: FIGURES_HEAD,
    rows: files.flatMap(({ name, figures }) =>
      figures.map((one) => figuresRow({ ...one, name: `${name}, ${one.name}` })),
    ),
  };
}

function memoryRows(memory: Memory): string[][] {
  const { tasks, gatewayBytes, leastBytes, bareBytes, bareBytesLater, bareRequestsLater } = memory;
  return [
    [`memory of the process after ${tasks} submissions`, formatBytes(gatewayBytes)],
    ["the bare worker's after as many", formatBytes(bareBytes)],
    ["ratio", number(gatewayBytes / bareBytes, 2)],
    ["that of “the least” after as many", formatBytes(leastBytes)],
    ["ratio of “the least” to the bare worker", number(leastBytes / bareBytes, 2)],
    [`the bare worker's after as long under load (${bareRequestsLater} requests)`, formatBytes(bareBytesLater)],
    ["ratio", number(gatewayBytes / bareBytesLater, 2)],
  ];
}

const GROWTH =
  "One connection, default pace of polling. A ratio is the median of the ratios within each round, not of these medians.";

function growthRows({ databaseBytes, query, generate, endUserGenerate, lists, ...grown }: Growth): string[][] {
  const { stored, running, endUsers } = grown;
  const size = `${stored} stored and ${running} running tasks, ${stored} waiting deliveries and ${endUsers} end users in one tenant (${formatBytes(databaseBytes)})`;
  return [
    [`query p50 ms with ${size}`, ms(query.grown)],
    ["query p50 ms with none", ms(query.empty)],
    ["ratio", ratio(query.ratio)],
    [`submission p50 ms with ${size}`, ms(generate.grown)],
    ["submission p50 ms with none", ms(generate.empty)],
    ["ratio", ratio(generate.ratio)],
    [`p50 ms of an end user's submission, with limits, among ${endUsers}`, ms(endUserGenerate.grown)],
    ["p50 ms of the only end user's", ms(endUserGenerate.empty)],
    ["ratio", ratio(endUserGenerate.ratio)],
    ...lists.map((list) => [
      `${list.name}: ratio (p50 ms ${number(list.grown.median, 2)} beside ${number(list.empty.median, 2)})`,
      ratio(list.ratio),
    ]),
  ];
}

function paceRows(pace: PaceFigures): string[][] {
  return [
    [`end of ${pace.tasks} running tasks of one tenant noticed after, s (min–max)`, ms(pace.noticed)],
    ["p99, s", number(pace.noticedP99, 2)],
    ["shortest interval between two queries of one task, s", number(pace.shortestInterval, 2)],
    ["queries a task", number(pace.queriesPerTask, 1)],
  ];
}

function startupRows({ gatewayMs, emptyMs, extraCpuMs }: Startup): string[][] {
  return [
    ["start of the process to its first response, ms", ms(gatewayMs)],
    ["an empty Worker's with the same bindings, ms", ms(emptyMs)],
    ["CPU of the start that the empty Worker's has not, ms", extraCpuMs === null ? "–" : ms(extraCpuMs)],
  ];
}

function bundleRows({ bytes, gzipBytes, textGzipBytes }: Bundle): string[][] {
  return [
    ["script", formatBytes(bytes)],
    ["script, compressed", formatBytes(gzipBytes)],
    ["text modules (pages, API document, migrations), compressed", formatBytes(textGzipBytes)],
  ];
}

function goalsSection(goals: readonly Goal[]): Section {
  return {
    title: "Goals",
    note:
      "Contenders alive at once, slices of 350 ms in rotation; median (quartiles) of the ratios within a round. Control: the gateway against " +
      "a second process of itself. A figure above its goal by less than 8 % is within the noise.",
    head: ["", "goal", "measured", "control", ""],
    rows: goals.map(({ what, goal, measured, control, verdict }) => [what, goal, measured, control, verdict]),
  };
}

function pacesSection(paces: readonly SimulatedPace[]): Section {
  return {
    title: "Pace, simulated",
    note: "1,000 tasks of five shapes, by the gateway's own functions (`bench/pace-simulation.ts`). No pace can notice ends sooner than 2.5 s after them on average.",
    head: ["", "polls a task", "end noticed after, s", "p90"],
    rows: paces.map(({ name, pollsPerTask, lateMean, lateP90 }) => [
      name,
      number(pollsPerTask, 1),
      number(lateMean, 2),
      number(lateP90, 1),
    ]),
  };
}

/** All sections of docs/performance.md, in order. */
export function performanceSections(results: Results): Section[] {
  const { bundle, throughput, files, memory, growth, pace, startup, goals, paces } = results;
  const table = (title: string, note: string, rows: readonly string[][]): Section => ({
    title,
    note,
    head: ["", "median (min–max)"],
    rows,
  });
  return [
    ...(goals ? [goalsSection(goals)] : []),
    ...(throughput ? throughputSections(throughput) : []),
    ...(files ? [filesSection(files)] : []),
    ...(memory ? [table("Memory", "16 tenants.", memoryRows(memory))] : []),
    ...(growth ? [table("Growth", GROWTH, growthRows(growth))] : []),
    ...(pace
      ? [table("Pace", "Tasks of 30 to 60 s at the default pace, 5–10 s; nobody watches.", paceRows(pace))]
      : []),
    ...(pace || goals ? [pacesSection(paces)] : []),
    table("Size and start", "", [...bundleRows(bundle), ...(startup ? startupRows(startup) : [])]),
  ];
}

/** Where and how it was measured, in one paragraph. */
export function circumstances(
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  load: string,
) {
  const [cpu] = cpus();
  return (
    `${cpu?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, ${formatBytes(totalmem())} of memory, Linux ${release().split("-")[0]}; ` +
    `load by ${GENERATOR}, upstream by ${UPSTREAM_SERVER}; ${rounds} rounds of ${seconds} s; load average of the machine at ` +
    `start and end: ${load}.`
  );
}
