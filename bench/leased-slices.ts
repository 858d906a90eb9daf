/**
 * `node bench/leased-slices.ts [--seeds N]`: the plan of docs/scaling.md for a tenant too large for one object, simulated:
 * 64 slices that live on leases of slots, tokens and credits. Exits 1 if one limit was passed or one credit is missing.
 */
import { parseArgs } from "node:util";
import { formatTable } from "../scripts/table.ts";
import { runWorld, type WorldOptions } from "./slices/world.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "5" } } });
const seeds = Number(values.seeds);

const USUAL: Omit<WorldOptions, "seed"> = {
  slices: 64,
  seconds: 60,
  slots: 2_000,
  perMinute: 60_000,
  credits: 1_000_000,
  arrivals: 800,
  hot: 0,
  loss: 0.01,
  doubling: 0.01,
  crashes: 1,
};

/** What is tried, beyond the usual. */
const SCENARIOS: Readonly<Record<string, Partial<WorldOptions>>> = {
  "room for all": { slots: 4_000, loss: 0, doubling: 0, crashes: 0 },
  "with faults and crashes": { slots: 4_000 },
  "half of it in one slice": { slots: 4_000, hot: 0.5 },
  "too few slots": { slots: 500 },
  "too fast": { perMinute: 12_000 },
  "running out of credits": { credits: 40_000 },
  "a small tenant": { slots: 20, perMinute: 600, credits: 2_000, arrivals: 40 },
  "everything fails": { slots: 500, perMinute: 30_000, credits: 100_000, loss: 0.2, doubling: 0.2, crashes: 20 },
};

let breaches = 0;
const rows = Object.entries(SCENARIOS).flatMap(([name, changes]) =>
  Array.from({ length: seeds }, (_, index) => {
    const options = { ...USUAL, ...changes, seed: index + 1 };
    const outcome = runWorld(options);
    const { answers } = outcome;
    breaches += outcome.breaches.length;
    for (const breach of outcome.breaches) console.error(`${name}, seed ${options.seed}: ${breach}`);
    return [
      index === 0 ? name : "",
      String(outcome.submissions),
      String(answers.admitted),
      (answers.admitted / outcome.ideal).toFixed(3),
      `${answers["too-many"]}/${answers["too-fast"]}/${answers["no-credits"]}`,
      String(answers["come-again"]),
      `${outcome.mostRunning}/${options.slots}`,
      `${outcome.fullestBucket.toFixed(0)}/${options.perMinute}`,
      `${outcome.balance} = ${outcome.credited} − ${outcome.spent}`,
      (outcome.messages / outcome.submissions).toFixed(2),
      String(outcome.crashes),
    ];
  }),
);
const head = [
  "64 slices, 60 s",
  "submissions",
  "admitted",
  "of one object's",
  "no slot/rate/credits",
  "come again",
  "most at once",
  "fullest bucket",
  "balance",
  "messages each",
  "crashes",
];
const align = head.map((_, column) => (column === 0 ? "left" : "right"));
console.log(formatTable(head, rows, align));
console.log(`\n${breaches === 0 ? "no limit was passed and no credit is missing" : `${breaches} breaches`}`);
process.exitCode = breaches === 0 ? 0 : 1;
