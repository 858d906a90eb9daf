/** The goals, what was measured of each, and which hold. Differences below 8 % are the noise of the method. */
import { type BillLine, billOf, type Cost } from "../cost.ts";
import type { SimulatedPace } from "../pace-simulation.ts";
import type { Startup } from "../startup.ts";
import type { Reach } from "./measure.ts";
import { latencyOf, medianOf, type Ratio, type Rotation, ratioOf } from "./rotation.ts";

/** One row of the table of goals. */
export interface Goal {
  readonly what: string;
  readonly measured: string;
  /** The gateway against itself, where that was measured. */
  readonly control: string;
  readonly goal: string;
  readonly verdict: "holds" | "does not hold" | "within the noise" | "not measured";
}

const NOISE = 0.08;
const number = (value: number) => value.toFixed(value < 10 ? 2 : 1);
const quartiles = ({ median, lower, upper }: Ratio) => `${number(median)} (${number(lower)}–${number(upper)})`;

/** @param most the goal; a smaller figure is better */
function atMost(value: number, most: number): Goal["verdict"] {
  if (!Number.isFinite(value)) return "not measured";
  if (value <= most) return "holds";
  return value <= most * (1 + NOISE) ? "within the noise" : "does not hold";
}

function atLeast(value: number, least: number): Goal["verdict"] {
  return atMost(1 / value, 1 / least);
}

function worst(...verdicts: Goal["verdict"][]): Goal["verdict"] {
  const order = ["not measured", "does not hold", "within the noise", "holds"] as const;
  return order.find((verdict) => verdicts.includes(verdict)) ?? "not measured";
}

/** Other measurements that goals are about; null: not made in this run. */
export interface Beside {
  readonly startup: Startup | null;
  readonly cost: Cost | null;
  readonly pace: readonly SimulatedPace[];
}

/** Returns the goals in the order of the page. */
export function goalsOf(reach: Reach, { startup, cost, pace }: Beside): Goal[] {
  const { submissions, queries, quiet, busy, writes, polls, cold } = reach;
  const cpu = ratioOf(submissions, "gateway", "least", "cpuMs");
  const hot = ratioOf(submissions, "gateway hot", "bare", "perSecond");
  const query = ratioOf(queries, "gateway", "bare", "cpuMs");
  const self = (rotation: Rotation) => quartiles(ratioOf(rotation, "control", "gateway", "cpuMs"));
  const submissionMs = medianOf(submissions, "gateway", "cpuMs");
  const pollShares = [polls.unchangedMs / submissionMs, polls.endingMs / submissionMs] as const;
  const extraMs = startup?.extraCpuMs?.median ?? Number.NaN;
  const bill = cost === null ? Number.NaN : billOf(cost).reduce((sum, line) => sum + dollars(line), 0);
  return [
    tail("p99, 100 submissions/s", quiet.submissions, 1.2),
    tail("p99, 500 queries/s", quiet.queries, 1.2),
    tail("p99, 100 submissions/s beside another load", busy.submissions, 1.5),
    tail("p99, 500 queries/s beside another load", busy.queries, 1.5),
    {
      what: "CPU of a submission, 16 tenants, of least's",
      measured: quartiles(cpu),
      control: self(submissions),
      goal: "≤ 1.25",
      verdict: atMost(cpu.median, 1.25),
    },
    {
      what: "throughput of one hot tenant, of bare's",
      measured: quartiles(hot),
      control: "",
      goal: "≥ 0.40",
      verdict: atLeast(hot.median, 0.4),
    },
    {
      what: "pwrites / fsyncs a submission with an idempotency key",
      measured: writes === null ? "–" : `${number(writes.pwrites)} / ${number(writes.fsyncs)}`,
      control: "",
      goal: "≤ 6 / ≤ 1.1",
      verdict: worst(atMost(writes?.pwrites ?? Number.NaN, 6), atMost(writes?.fsyncs ?? Number.NaN, 1.1)),
    },
    {
      what: "CPU of a query, of bare's",
      measured: quartiles(query),
      control: self(queries),
      goal: "≤ 1.15",
      verdict: atMost(query.median, 1.15),
    },
    {
      what: "CPU of a poll that changes nothing / that ends a task, of a submission's",
      measured: `${number(pollShares[0])} / ${number(pollShares[1])}`,
      control: "",
      goal: "≤ 0.35 / ≤ 0.70",
      verdict: worst(atMost(pollShares[0], 0.35), atMost(pollShares[1], 0.7)),
    },
    {
      what: "CPU of a start beyond an empty Worker's, ms",
      measured: Number.isNaN(extraMs) ? "–" : number(extraMs),
      control: "",
      goal: "≤ 12",
      verdict: atMost(extraMs, 12),
    },
    {
      what: "first submission with 100,000 tasks, ledger folded, of an empty tenant's",
      measured: number(cold.folded.median),
      control: "",
      goal: "≤ 1.5",
      verdict: atMost(cold.folded.median, 1.5),
    },
    {
      what: "the same with nothing folded",
      measured: number(cold.unfolded.median),
      control: "",
      goal: "≤ 1.5",
      verdict: atMost(cold.unfolded.median, 1.5),
    },
    {
      what: "the bill of a million typical tasks, $",
      measured: Number.isNaN(bill) ? "–" : number(bill),
      control: "",
      goal: "≤ 45",
      verdict: atMost(bill, 45),
    },
    ...paceGoals(pace),
  ];
}

const dollars = ({ quantity, price }: BillLine) => quantity * price;

function tail(what: string, rotation: Rotation, most: number): Goal {
  const of = (name: string, share: number) => latencyOf(rotation, name, share);
  const shown = ["gateway", "least", "bare"].map((name) => `${number(of(name, 0.5))} / ${number(of(name, 0.99))}`);
  const ratio = of("gateway", 0.99) / of("least", 0.99);
  return {
    what: `${what}: of least's`,
    measured: `${number(ratio)}; p50 / p99 in ms: gateway ${shown[0]}, least ${shown[1]}, bare ${shown[2]}`,
    control: number(of("control", 0.99) / of("gateway", 0.99)),
    goal: `≤ ${most}`,
    verdict: atMost(ratio, most),
  };
}

/** Fewer polls and an earlier notice than at the first pace, which is fixed. */
function paceGoals([fixed, , ...learned]: readonly SimulatedPace[]): Goal[] {
  if (fixed === undefined) return [];
  return learned.map(({ name, pollsPerTask, lateMean }) => ({
    what: `polls a task / s until its end is noticed; ${name} (simulated, 1,000 tasks)`,
    measured: `${number(pollsPerTask)} / ${number(lateMean)}`,
    control: "",
    goal: `fewer than ${number(fixed.pollsPerTask)} / earlier than ${number(fixed.lateMean)}`,
    verdict: worst(atMost(pollsPerTask, fixed.pollsPerTask), atMost(lateMean, fixed.lateMean)),
  }));
}
