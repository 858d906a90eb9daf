/**
 * What a noisy tenant costs a quiet one: `node chaos/neighbours.ts --rounds 6 --seconds 12`. The noisy one has tasks that are slow and
 * tasks that fail in every way, and asks for nothing, for what its limits allow, and for ten times that, in turns. Each turn
 * gives the median latency of the quiet one's submissions and queries. Figures: docs/reliability.md.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createTenant, GatewayClient } from "../scripts/gateway-client.ts";
import { startGateway } from "../scripts/gateway-process.ts";
import { type Simulator, startSimulator } from "../simulator/index.ts";

/** How noisy the neighbour is, and for how long. */
export interface NeighboursOptions {
  /** Rounds of each kind. */
  readonly rounds: number;
  readonly seconds: number;
  /** The noisy tenant's limit. */
  readonly requestsPerMinute: number;
  /** How many times that it asks for. */
  readonly times: number;
}

/** The median of the rounds' figures, the least and the greatest. */
export type Spread = readonly [median: number, least: number, greatest: number];

/** Latencies in ms, and how they compare within a round. */
export interface Latencies {
  readonly alone: Spread;
  /** Beside a tenant that asks for what its limits allow. */
  readonly atLimits: Spread;
  /** Beside one that asks for as many times that as was wanted. */
  readonly beyond: Spread;
  readonly atLimitsToAlone: Spread;
  readonly beyondToAlone: Spread;
  readonly beyondToAtLimits: Spread;
}

/** The quiet tenant's latencies, alone and beside the noisy one. */
export interface NeighboursFigures {
  readonly submission: Latencies;
  readonly query: Latencies;
  /** Samples of each, over all turns. */
  readonly samples: number;
  /** Submissions of the quiet tenant with a response before the upstream accepted them: held back, or failed attempts. */
  readonly heldBack: number;
  /** Responses to the noisy tenant, by HTTP status. */
  readonly noise: Readonly<Record<string, number>>;
}

interface Turn {
  readonly submission: number[];
  readonly query: number[];
  /** Prompts of its submissions, and the times of their responses (ms since epoch). */
  readonly answered: [string, number][];
}

const KINDS = ["alone", "atLimits", "beyond"] as const;
type Kind = (typeof KINDS)[number];

const MASTER_KEY = "sh-neighbours-master-key";
const CONCURRENT_TASKS = 10;
/** Between two requests of the quiet tenant: it measures the gateway, not its own load. */
const QUIET_PAUSE_MS = 60;
const DRAIN_LIMIT_MS = 30_000;
const IMAGE = { model: "Imagen Nano Banana 2", taskName: "neighbours", type: "txt", size: "1K" };
/** What becomes of the noisy tenant's tasks upstream (simulator/README.md), and where its webhooks go: no receiver listens there. */
const NOISE = [
  "generate=slow:1400 delayMs=2000",
  "generate=http:503*1 delayMs=500",
  "generate=drop-after*1 query=http:500*2 delayMs=500",
  "delayMs=1500 query=slow:2000*2",
  'delayMs=300 fail="the model gave up"',
  "delayMs=300 bytes=2000000 file=trickle:3000*1,http:503*2",
  "generate=http:403*2 delayMs=500",
  "generate=code:60001",
  "generate=code:20002",
  "generate=wrong-types*1 query=cut-json*2 file=truncated:500*1",
];
const NOBODY = "http://127.0.0.1:9/hooks";

/** Runs all rounds on a gateway of its own. */
export async function measureNeighbours(options: NeighboursOptions): Promise<NeighboursFigures> {
  const folder = await mkdtemp(join(tmpdir(), "paddock-neighbours-"));
  const simulator = await startSimulator({ accounts: [{ name: "reseller", keys: [MASTER_KEY], credits: 1e9 }] });
  const settings = {
    SEEDHORSE_API_KEYS: MASTER_KEY,
    SIGNING_SECRETS: "neighbours-signing-secret-00000000000000",
    ADMIN_TOKEN: "neighbours-operator-token-00000000000000",
    SEEDHORSE_BASE_URL: simulator.url,
    ALLOW_PRIVATE_URLS: "true",
  };
  const gateway = await startGateway({ settings, stateFolder: folder });
  try {
    const operator = new GatewayClient(gateway.url, settings.ADMIN_TOKEN);
    const generous = { name: "quiet", requestsPerMinute: 1_000_000, concurrentTasks: 100_000 };
    const quiet = new GatewayClient(gateway.url, (await createTenant(operator, generous)).key);
    const limits = { requestsPerMinute: options.requestsPerMinute, concurrentTasks: CONCURRENT_TASKS };
    const noisy = await createTenant(operator, { name: "noisy", ...limits });
    const noise = new Noise(gateway.url, noisy.key, options.requestsPerMinute / 60);
    await listen(quiet, 3);
    const turns: Record<Kind, Turn[]> = { alone: [], atLimits: [], beyond: [] };
    for (let round = 0; round < options.rounds; round++) {
      // Whatever else the machine does falls on all alike.
      for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
        if (kind !== "alone") noise.start(kind === "beyond" ? options.times : 1);
        await sleep(1_000);
        turns[kind].push(await listen(quiet, options.seconds));
        await noise.stop();
        if (kind !== "alone") await untilDone(operator, noisy.tenantId);
      }
    }
    const all = KINDS.flatMap((kind) => turns[kind]);
    return {
      submission: compare(turns, "submission"),
      query: compare(turns, "query"),
      samples: all.reduce((sum, { query }) => sum + query.length, 0),
      heldBack: countHeldBack(all, simulator),
      noise: noise.answers,
    };
  } finally {
    await gateway.processes.kill();
    await simulator.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Sends a tenant's requests regardless of their responses: four submissions per list of its tasks. */
class Noise {
  readonly answers: Record<string, number> = {};
  readonly #url: string;
  readonly #key: string;
  readonly #perSecond: number;
  readonly #pending = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #sent = 0;

  /** @param perSecond what its limits allow */
  constructor(url: string, key: string, perSecond: number) {
    this.#url = url;
    this.#key = key;
    this.#perSecond = perSecond;
  }

  start(times: number): void {
    this.#timer = setInterval(
      () => {
        const request = this.#send(this.#sent++).catch(() => {});
        this.#pending.add(request);
        void request.then(() => this.#pending.delete(request));
      },
      1_000 / (this.#perSecond * times),
    );
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }

  async #send(index: number): Promise<void> {
    const prompt = `noise [[sim: ${NOISE[index % NOISE.length]}]]`;
    const submission = { method: "POST", body: JSON.stringify({ ...IMAGE, prompt, webhookUrl: NOBODY }) };
    const [path, init] = index % 5 === 4 ? ["tasks?limit=20", {}] : ["task/generate", submission];
    const headers = { authorization: `Bearer ${this.#key}`, "content-type": "application/json" };
    const response = await fetch(`${this.#url}/api/v1/${path}`, { ...init, headers });
    await response.arrayBuffer();
    this.answers[response.status] = (this.answers[response.status] ?? 0) + 1;
  }
}

/** The quiet tenant submits a task and polls it, one after the other. @throws RefusedError if a request is rejected */
async function listen(client: GatewayClient, seconds: number): Promise<Turn> {
  const turn: Turn = { submission: [], query: [], answered: [] };
  for (const endsAt = Date.now() + seconds * 1_000; Date.now() < endsAt; await sleep(QUIET_PAUSE_MS)) {
    const submittedAt = performance.now();
    const prompt = `calm ${crypto.randomUUID()} [[sim: delayMs=1000]]`;
    const { taskId } = await client.submit({ ...IMAGE, prompt });
    turn.submission.push(performance.now() - submittedAt);
    turn.answered.push([prompt, Date.now()]);
    await sleep(QUIET_PAUSE_MS);
    const askedAt = performance.now();
    await client.query(taskId);
    turn.query.push(performance.now() - askedAt);
  }
  return turn;
}

/** Until the noisy tenant's tasks have ended, so that a round without noise is one. */
async function untilDone(operator: GatewayClient, tenantId: string): Promise<void> {
  for (const giveUpAt = Date.now() + DRAIN_LIMIT_MS; Date.now() < giveUpAt; await sleep(250)) {
    const { runningTasks } = await operator.call<{ runningTasks: number }>("GET", `/admin/v1/tenants/${tenantId}`);
    if (runningTasks === 0) return;
  }
}

function countHeldBack(turns: readonly Turn[], simulator: Simulator): number {
  const acceptedAt = new Map(simulator.tasks().map((task) => [task.prompt, task.acceptedAt]));
  const isLate = ([prompt, at]: [string, number]) => (acceptedAt.get(prompt) ?? Number.POSITIVE_INFINITY) > at;
  return turns.flatMap(({ answered }) => answered).filter(isLate).length;
}

function compare(turns: Readonly<Record<Kind, readonly Turn[]>>, what: "submission" | "query"): Latencies {
  const of = (kind: Kind) => turns[kind].map((turn) => medianOf(turn[what]));
  const ratio = (kind: Kind, to: Kind) => of(kind).map((median, round) => median / (of(to)[round] ?? Number.NaN));
  return {
    alone: spreadOf(of("alone"), 1),
    atLimits: spreadOf(of("atLimits"), 1),
    beyond: spreadOf(of("beyond"), 1),
    atLimitsToAlone: spreadOf(ratio("atLimits", "alone"), 2),
    beyondToAlone: spreadOf(ratio("beyond", "alone"), 2),
    beyondToAtLimits: spreadOf(ratio("beyond", "atLimits"), 2),
  };
}

function spreadOf(figures: readonly number[], digits: number): Spread {
  const rounded = (value: number) => Number(value.toFixed(digits));
  return [rounded(medianOf(figures)), rounded(Math.min(...figures)), rounded(Math.max(...figures))];
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "6" },
      seconds: { type: "string", default: "12" },
      limit: { type: "string", default: "60" },
      times: { type: "string", default: "10" },
    },
  });
  const options = { rounds: Number(values.rounds), seconds: Number(values.seconds), times: Number(values.times) };
  const figures = await measureNeighbours({ ...options, requestsPerMinute: Number(values.limit) });
  console.log(JSON.stringify(figures));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
