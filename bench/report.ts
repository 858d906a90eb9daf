/** The figures as text: one list of sections, shown as plain tables on the terminal and as Markdown in docs/. */
import { cpus, release, totalmem } from "node:os";
import { formatBytes, formatTable } from "../scripts/table.ts";
import type { Bundle } from "./bundle.ts";
import { ASSUMED_SECONDS, type BillLine, billOf, type Cost, TYPICAL } from "./cost.ts";
import type { FileFigures } from "./files.ts";
import type { Growth } from "./growth.ts";
import { GENERATOR } from "./load.ts";
import type { Memory } from "./memory.ts";
import type { PaceFigures } from "./pace.ts";
import type { Figures } from "./rounds.ts";
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
  readonly cost: Cost | null;
}

/** One table, with a line before it. */
export interface Section {
  readonly title: string;
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const number = (value: number, digits: number) => (Number.isFinite(value) ? value.toFixed(digits) : "–");
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
    section("Submissions", `\`POST /api/v1/task/generate\` with an idempotency key. ${syncs}`, generate),
    section("Queries", "`GET /api/v1/query/{taskId}` of running tasks.", query),
    section("Refusals", "Submissions that are refused, beside the bare worker's that are passed on.", refusals),
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

function memoryRows({ tasks, gatewayBytes, bareBytes }: Memory): string[][] {
  const [taken, passed] = tasks;
  return [
    [`memory of the process after ${taken} submissions`, formatBytes(gatewayBytes)],
    [`the bare worker's after ${passed}`, formatBytes(bareBytes)],
    ["ratio", number(gatewayBytes / bareBytes, 2)],
  ];
}

function growthRows({ stored, running, databaseBytes, query, generate }: Growth): string[][] {
  const size = `${stored} stored and ${running} running tasks in one tenant (${formatBytes(databaseBytes)})`;
  return [
    [`query p50 ms with ${size}`, ms(query.grown)],
    ["query p50 ms with none", ms(query.empty)],
    ["ratio", ratio(query.ratio)],
    [`submission p50 ms with ${size}`, ms(generate.grown)],
    ["submission p50 ms with none", ms(generate.empty)],
    ["ratio", ratio(generate.ratio)],
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

function startupRows({ gatewayMs, bareMs, extraCpuMs }: Startup): string[][] {
  return [
    ["start of the process to its first answer, ms", ms(gatewayMs)],
    ["the bare worker's, ms", ms(bareMs)],
    ["CPU of the start that the bare worker's has not, ms", extraCpuMs === null ? "–" : ms(extraCpuMs)],
  ];
}

function bundleRows({ bytes, gzipBytes, pagesGzipBytes }: Bundle): string[][] {
  return [
    ["bundle", formatBytes(bytes)],
    ["bundle, compressed", formatBytes(gzipBytes)],
    ["without the pages' scripts and styles", formatBytes(gzipBytes - pagesGzipBytes)],
  ];
}

/** All sections of docs/performance.md, in order. */
export function performanceSections(results: Results): Section[] {
  const { bundle, throughput, files, memory, growth, pace, startup } = results;
  const table = (title: string, note: string, rows: readonly string[][]): Section => ({
    title,
    note,
    head: ["", "median (min–max)"],
    rows,
  });
  return [
    ...(throughput ? throughputSections(throughput) : []),
    ...(files ? [filesSection(files)] : []),
    ...(memory ? [table("Memory", "16 tenants.", memoryRows(memory))] : []),
    ...(growth ? [table("Growth", "One connection, default pace of polling.", growthRows(growth))] : []),
    ...(pace ? [table("Pace", "At the default pace, 5–10 s.", paceRows(pace))] : []),
    table("Size and start", "", [...bundleRows(bundle), ...(startup ? startupRows(startup) : [])]),
  ];
}

/** The sections of docs/cost.md. */
export function costSections(cost: Cost): Section[] {
  const { generateSeconds, queries, views } = TYPICAL;
  const { submission, poll, copy } = ASSUMED_SECONDS;
  const counted: [string, number][] = [
    ["Worker requests", cost.workerRequests],
    ["requests to objects", cost.objectRequests],
    ["alarms that fired", cost.alarms],
    ["alarms set (each billed as a row written)", cost.alarmsSet],
    ["rows written by statements, indexes included", cost.rowsWritten],
    ["**billed rows written**", cost.rowsWritten + cost.alarmsSet],
    ["rows read", cost.rowsRead],
    ["R2 writes and lists (class A)", cost.r2Writes],
    ["R2 reads (class B)", cost.r2Reads],
    ["queries of the upstream", cost.polls],
  ];
  const bill = billOf(cost);
  const dollars = ({ quantity, price }: BillLine) => quantity * price;
  const sum = bill.reduce((total, line) => total + dollars(line), 0);
  return [
    {
      title: "Counted",
      note: `One video of ${generateSeconds} s, ${queries} queries by the client, one file, ${views} views.`,
      head: ["", "a task"],
      rows: counted.map(([name, count]) => [name, String(count)]),
    },
    {
      title: "Rows written, by statement",
      note: "",
      head: ["", "rows"],
      rows: cost.rowsByStatement.map(([statement, rows]) => [`\`${statement}\``, String(rows)]),
    },
    {
      title: "Requests to objects, by method",
      note: "",
      head: ["", "requests"],
      rows: cost.requestsByMethod.map(([method, requests]) => [`\`${method}\``, String(requests)]),
    },
    {
      title: "The bill for a million",
      note:
        `At list price, nothing of what is included deducted. An object is billed while a call is in it: here ${submission} s ` +
        `of waiting for the upstream's answer to a submission, ${poll} s a query of it, ${copy} s for a copy.`,
      head: ["", "a task", "$ a million", "$"],
      rows: [
        ...bill.map((line) => [
          line.what,
          number(line.quantity, Number.isInteger(line.quantity) ? 0 : 2),
          String(line.price),
          number(dollars(line), 2),
        ]),
        ["**sum**", "", "", `**${number(sum, 2)}**`],
      ],
    },
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

export function asText({ title, note, head, rows }: Section): string {
  const plain = (cell: string) => cell.replaceAll(/[*`]/g, "");
  const table = formatTable(
    head,
    rows.map((row) => row.map(plain)),
    head.map((_, column) => (column === 0 ? "left" : "right")),
  );
  return `\n${title.toUpperCase()}\n${note === "" ? "" : `${plain(note)}\n`}${table}`;
}

export function asMarkdown({ title, note, head, rows }: Section): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [`### ${title}`, "", ...(note === "" ? [] : [note, ""]), line(head), line(rule), ...rows.map(line), ""].join(
    "\n",
  );
}
