/** Everything that a seed decides about a run, before it begins: tenants, submissions, faults, kills, and when. */
import type { FaultRuleInput } from "../simulator/index.ts";
import { SeededRandom } from "./random.ts";
import { drawTaskPlan } from "./task-plans.ts";

/** A tenant of the run. */
export interface TenantPlan {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Credits from the operator before the run; 0: none. */
  readonly credits: number;
  /** Where its webhooks go: to an endpoint of the tenant, to a URL with each task, or nowhere. */
  readonly webhooks: "endpoint" | "task" | "none";
}

/** One submission of a client, and how the client behaves. */
export interface SubmissionPlan {
  /** Names the submission upstream too: it stands in the task's name and prompt. */
  readonly marker: string;
  /** Index of the tenant. */
  readonly tenant: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
  /** The client goes away after so many ms, and comes back if it has a key; null: it stays. */
  readonly hangUpMs: number | null;
  /** Two requests with the same key at the same time. */
  readonly twice: boolean;
  /** Value of `Prefer: wait=…`, or null. */
  readonly waitSeconds: number | null;
  /** Has a `webhookUrl` whose receiver hangs until the storm is over. */
  readonly receiverHangs?: boolean;
  /** The client accepts the first response, success or error. */
  readonly once?: boolean;
}

/** What happens `atMs` after the beginning. */
export type Step = { readonly atMs: number } & (
  | { readonly do: "submit"; readonly submission: SubmissionPlan }
  /** SIGKILL to the whole runtime, then a start on the same state. */
  | { readonly do: "kill" }
  /** A fault for the whole upstream. */
  | { readonly do: "fault"; readonly rule: FaultRuleInput; readonly forMs: number }
  /** A fault of the reseller's own account: the upstream rejects its keys, or it has no credits. */
  | { readonly do: "account"; readonly name: string; readonly trouble: "refused" | "broke"; readonly forMs: number }
);

/** Everything that happens in a run, drawn before it begins. */
export interface Schedule {
  readonly seed: number;
  readonly durationMs: number;
  readonly tenants: readonly TenantPlan[];
  /** In the order of time. */
  readonly steps: readonly Step[];
}

/** What a schedule is drawn from. */
export interface ScheduleOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Submissions a second, on average. */
  readonly rate: number;
  /** Mean time between kills. */
  readonly killEveryMs: number;
  /** Whether calls may hang until the gateway's own limits, half a minute, end them. */
  readonly hangs: boolean;
}

/** The reseller's accounts upstream, each with one master key, in the gateway's order of preference. */
export const ACCOUNTS = [
  { name: "first", keys: ["sh-chaos-first-7c1e"], credits: 100_000_000 },
  { name: "second", keys: ["sh-chaos-second-b05d"], credits: 100_000_000 },
] as const;

const TENANTS: readonly TenantPlan[] = [
  { name: "plain", settings: {}, credits: 0, webhooks: "endpoint" },
  { name: "prepaid", settings: { billing: "prepaid", markup: 1.5 }, credits: 1_000_000, webhooks: "endpoint" },
  { name: "nearly broke", settings: { billing: "prepaid", markup: 2.75 }, credits: 900, webhooks: "task" },
  {
    name: "tight limits",
    settings: { requestsPerMinute: 240, concurrentTasks: 6, markup: 0.333 },
    credits: 0,
    webhooks: "none",
  },
  { name: "signed links", settings: { filesVisibility: "signed", markup: 3 }, credits: 0, webhooks: "task" },
  { name: "held up", settings: {}, credits: 0, webhooks: "endpoint" },
  // Once a second, beside the others: what the one provokes the other must not notice.
  { name: "provoking", settings: {}, credits: 0, webhooks: "none" },
  { name: "quiet", settings: {}, credits: 0, webhooks: "endpoint" },
];
/** How often each of the first tenants is drawn; the others have their own submissions. */
const WEIGHTS = [3, 3, 1, 2, 2];
/** The tenant whose receivers hang and whose files drip, and how many of them. */
const HELD_UP = 5;
const HANGING_RECEIVERS = 40;
const DRIPPING_FILES = 8;
/** Tasks that must notice nothing: their markers begin so. One of this tenant comes every so often. */
export const CALM = "calm-";
const CALM_EVERY_MS = 2_500;
/** The tenant whose prompts the upstream rejects, and whose end user has many uploads that stall. */
export const PROVOKING = 6;
/** The tenant that has nothing to do with that; its markers begin with {@link CALM} too. */
export const QUIET = 7;
const NEIGHBOURS_EVERY_MS = 1_000;
/** What looks like trouble of a master key and is about one prompt. It ends, so that a task whose caller was cut off can end. */
const PROVOKED = ["http:403*2", "http:401*2", "code:60001*4", "code:20002*4"];

const IMAGE = { model: "Imagen Nano Banana 2", type: "txt", imageCount: 1, size: "1K" };

const OUTAGES: readonly { readonly fault: string; readonly on: readonly FaultRuleInput["on"][] }[] = [
  { fault: "drop", on: ["generate", "query", "file"] },
  { fault: "http:503", on: ["generate", "query", "file"] },
  { fault: "html", on: ["generate", "query"] },
  { fault: "code:10001", on: ["generate", "query"] },
  { fault: "code-after:10001", on: ["generate"] },
  { fault: "drop-after", on: ["generate"] },
  { fault: "cut-json", on: ["generate", "query"] },
  { fault: "slow:1500", on: ["generate", "query", "file"] },
  { fault: "truncated", on: ["file"] },
];

/** Draws a run. The same options give the same schedule. */
export function drawSchedule(options: ScheduleOptions): Schedule {
  const random = new SeededRandom(options.seed);
  const steps = [
    ...drawSubmissions(options, random.fork()),
    ...drawKills(options, random.fork()),
    ...drawOutages(options, random.fork()),
    ...drawAccountTrouble(options, random.fork()),
    ...drawHeldUp(options),
    ...drawNeighbours(options, random.fork()),
  ];
  steps.sort((a, b) => a.atMs - b.atMs);
  return { seed: options.seed, durationMs: options.durationMs, tenants: TENANTS, steps };
}

function* times(random: SeededRandom, everyMs: number, firstMs: number, untilMs: number): Generator<number> {
  for (let at = firstMs; ; ) {
    at += Math.round(-Math.log(1 - random.next()) * everyMs);
    if (at >= untilMs) return;
    yield at;
  }
}

function drawSubmissions({ durationMs, rate, hangs }: ScheduleOptions, random: SeededRandom): Step[] {
  const steps: Step[] = [];
  const lots = WEIGHTS.flatMap((weight, tenant) => Array.from({ length: weight }, () => tenant));
  for (const atMs of times(random, 1_000 / rate, 0, durationMs)) {
    const marker = `c${steps.length}-${random.integer(100_000, 999_999)}`;
    const keyed = random.chance(0.65);
    const submission: SubmissionPlan = {
      marker,
      tenant: random.pick(lots),
      body: drawBody(random, marker, hangs),
      idempotencyKey: keyed ? `key-${marker}` : null,
      hangUpMs: random.chance(0.25) ? random.integer(5, 900) : null,
      twice: keyed && random.chance(0.1),
      waitSeconds: random.chance(0.1) ? random.integer(1, 5) : null,
    };
    steps.push({ atMs, do: "submit", submission });
  }
  return steps;
}

function drawBody(random: SeededRandom, marker: string, hangs: boolean): Record<string, unknown> {
  const prompt = `${marker} [[sim: ${drawTaskPlan(random, { hangs })}]]`;
  const common = { taskName: marker, prompt, metadata: { marker } };
  // Prompts that fail the upstream's review: code 50014.
  const references = random.chance(0.04) ? ["https://example.com/sim-unsafe.png"] : ["https://example.com/cat.png"];
  if (random.chance(0.7)) {
    const type = random.chance(0.3) ? { type: "img_txt", refImageUrls: references } : { type: "txt" };
    return { model: "Imagen Nano Banana 2", ...type, ...common, imageCount: random.integer(1, 2), size: "1K" };
  }
  return { model: "Seedance 2.0", type: "img_txt", ...common, durationSeconds: 4, refImageUrls: references };
}

function drawNeighbours({ durationMs }: ScheduleOptions, random: SeededRandom): Step[] {
  const steps: Step[] = [];
  for (let atMs = 0; atMs < durationMs; atMs += NEIGHBOURS_EVERY_MS) {
    for (const [tenant, plan] of [
      [PROVOKING, `generate=${random.pick(PROVOKED)}`],
      [QUIET, "price=2"],
    ] as const) {
      const marker = `${tenant === QUIET ? CALM : ""}n${steps.length}-${random.integer(100_000, 999_999)}`;
      const body = { ...IMAGE, taskName: marker, prompt: `${marker} [[sim: ${plan}]]`, metadata: { marker } };
      const client = { idempotencyKey: null, hangUpMs: null, twice: false, waitSeconds: null, once: true };
      steps.push({ atMs, do: "submit", submission: { marker, tenant, body, ...client } });
    }
  }
  return steps;
}

function drawKills({ durationMs, killEveryMs }: ScheduleOptions, random: SeededRandom): Step[] {
  const kills = [...times(random, killEveryMs * 0.6, killEveryMs * 0.4, durationMs)];
  return kills.map((atMs) => ({ atMs, do: "kill" }));
}

function drawOutages({ durationMs }: ScheduleOptions, random: SeededRandom): Step[] {
  return [...times(random, 9_000, 1_000, durationMs)].map((atMs) => {
    const { fault, on } = random.pick(OUTAGES);
    const rule: FaultRuleInput = { on: random.pick(on), fault, probability: random.pick([0.4, 0.8, 1]) };
    return { atMs, do: "fault", rule, forMs: random.integer(700, 4_000) };
  });
}

function drawAccountTrouble({ durationMs }: ScheduleOptions, random: SeededRandom): Step[] {
  return [...times(random, 40_000, 8_000, durationMs)].map((atMs) => {
    const trouble = random.pick(["refused", "broke"] as const);
    return { atMs, do: "account", name: random.pick(ACCOUNTS).name, trouble, forMs: random.integer(1_000, 5_000) };
  });
}

/** Tasks whose receivers hang, and tasks whose files drip, at once; then one calm task after the other. */
function drawHeldUp({ durationMs }: ScheduleOptions): Step[] {
  const submit = (atMs: number, marker: string, plan: string, receiverHangs = false): Step => {
    const prompt = `${marker} [[sim: ${plan}]]`;
    const body = {
      model: "Imagen Nano Banana 2",
      type: "txt",
      taskName: marker,
      prompt,
      metadata: { marker },
      size: "1K",
    };
    const keyed = { idempotencyKey: `key-${marker}`, hangUpMs: null, twice: false, waitSeconds: null };
    return { atMs, do: "submit", submission: { marker, tenant: HELD_UP, body, ...keyed, receiverHangs } };
  };
  const times = (count: number) => Array.from({ length: count }, (_, index) => index);
  return [
    ...times(HANGING_RECEIVERS).map((index) => submit(500 + index, `hanging-${index}`, "price=1", true)),
    ...times(DRIPPING_FILES).map((index) => submit(600 + index, `dripping-${index}`, "price=1 file=drip:2000*2")),
    ...times(Math.floor(durationMs / CALM_EVERY_MS)).map((index) =>
      submit(1_000 + index * CALM_EVERY_MS, `${CALM}${index}`, "price=1"),
    ),
  ].filter(({ atMs }) => atMs < durationMs);
}
