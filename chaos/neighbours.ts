/**
 * What a noisy tenant costs a quiet one: `node chaos/neighbours.ts --rounds 8 --seconds 15`. The noisy one asks for ten times what
 * its limits allow, with tasks that are slow and tasks that fail in every way; rounds with and without it take turns, and
 * each gives the median latency of the quiet one's submissions and queries. Figures: docs/reliability.md.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createTenant, GatewayClient } from "../scripts/gateway-client.ts";
import { startGateway } from "../scripts/gateway-process.ts";
import { startSimulator } from "../simulator/index.ts";

export interface NeighboursOptions {
  /** Rounds of each kind. */
  readonly rounds: number;
  readonly seconds: number;
  /** The noisy tenant's limit. */
  readonly requestsPerMinute: number;
  /** How many times that it asks for. */
  readonly times: number;
}

/** Medians of the rounds of one kind, in ms. */
export interface Latency {
  readonly median: number;
  /** Lowest and highest median of a round. */
  readonly spread: readonly [number, number];
}

export interface NeighboursFigures {
  readonly submission: { readonly alone: Latency; readonly beside: Latency; readonly ratio: number };
  readonly query: { readonly alone: Latency; readonly beside: Latency; readonly ratio: number };
  /** Samples of each, over all rounds of a kind. */
  readonly samples: number;
  /** Answers to the noisy tenant, by HTTP status. */
  readonly noise: Readonly<Record<string, number>>;
}

interface Round {
  readonly submission: number[];
  readonly query: number[];
}

const MASTER_KEY = "sh-neighbours-master-key";
const CONCURRENT_TASKS = 10;
/** Between two requests of the quiet tenant: it measures the gateway, not its own load. */
const QUIET_PAUSE_MS = 60;
const DRAIN_LIMIT_MS = 30_000;
const IMAGE = { model: "Imagen Nano Banana 2", taskName: "neighbours", type: "txt", size: "1K" };
/** What becomes of the noisy tenant's tasks upstream (simulator/README.md), and where its webhooks go: nobody is there. */
const NOISE = [
  "generate=slow:1400 delayMs=2000",
  "generate=http:503*1 delayMs=500",
  "generate=drop-after*1 query=http:500*2 delayMs=500",
  "delayMs=1500 query=slow:2000*2",
  'delayMs=300 fail="the model gave up"',
  "delayMs=300 bytes=2000000 file=trickle:3000*1,http:503*2",
  "generate=wrong-types*1 query=cut-json*2 file=truncated:500*1",
];
const NOBODY = "http://127.0.0.1:9/hooks";

/** Runs all rounds on a gateway of its own. */
export async function measureNeighbours(options: NeighboursOptions): Promise<NeighboursFigures> {
  const folder = await mkdtemp(join(tmpdir(), "paddock-neighbours-"));
  const simulator = await startSimulator({ accounts: [{ name: "reseller", keys: [MASTER_KEY], credits: 1e9 }] });
  const settings = {
    SEEDHORSE_API_KEYS: MASTER_KEY,
    SIGNING_SECRETS: "neighbours-signing-secret",
    ADMIN_TOKEN: "neighbours-operator-token",
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
    const noise = new Noise(gateway.url, noisy.key, (options.requestsPerMinute / 60) * options.times);
    await listen(quiet, 3);
    const alone: Round[] = [];
    const beside: Round[] = [];
    for (let round = 0; round < options.rounds; round++) {
      // Whatever else the machine does falls on both alike.
      for (const kind of round % 2 === 0 ? [alone, beside] : [beside, alone]) {
        if (kind === beside) noise.start();
        await sleep(1_000);
        kind.push(await listen(quiet, options.seconds));
        if (kind === beside) await noise.stop();
        await untilDone(operator, noisy.tenantId);
      }
    }
    return {
      submission: compare(alone, beside, "submission"),
      query: compare(alone, beside, "query"),
      samples: alone.reduce((sum, { query }) => sum + query.length, 0),
      noise: noise.answers,
    };
  } finally {
    await gateway.processes.kill();
    await simulator.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** A tenant that sends so many requests a second whatever it is answered: four submissions to a query. */
class Noise {
  readonly answers: Record<string, number> = {};
  readonly #url: string;
  readonly #key: string;
  readonly #everyMs: number;
  readonly #pending = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #sent = 0;

  constructor(url: string, key: string, perSecond: number) {
    this.#url = url;
    this.#key = key;
    this.#everyMs = 1_000 / perSecond;
  }

  start(): void {
    this.#timer = setInterval(() => {
      const request = this.#send(this.#sent++).catch(() => {});
      this.#pending.add(request);
      void request.then(() => this.#pending.delete(request));
    }, this.#everyMs);
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

/** The quiet tenant submits a task and asks about it, one after the other. */
async function listen(client: GatewayClient, seconds: number): Promise<Round> {
  const round: Round = { submission: [], query: [] };
  for (const endsAt = Date.now() + seconds * 1_000; Date.now() < endsAt; await sleep(QUIET_PAUSE_MS)) {
    const submittedAt = performance.now();
    const { taskId } = await client.submit({ ...IMAGE, prompt: "calm [[sim: delayMs=1000]]" });
    round.submission.push(performance.now() - submittedAt);
    await sleep(QUIET_PAUSE_MS);
    const askedAt = performance.now();
    await client.query(taskId);
    round.query.push(performance.now() - askedAt);
  }
  return round;
}

/** Until the noisy tenant's tasks have ended, so that a round without noise is one. */
async function untilDone(operator: GatewayClient, tenantId: string): Promise<void> {
  for (const giveUpAt = Date.now() + DRAIN_LIMIT_MS; Date.now() < giveUpAt; await sleep(250)) {
    const { runningTasks } = await operator.call<{ runningTasks: number }>("GET", `/admin/v1/tenants/${tenantId}`);
    if (runningTasks === 0) return;
  }
}

function compare(alone: readonly Round[], beside: readonly Round[], what: keyof Round) {
  const latencies = { alone: latencyOf(alone, what), beside: latencyOf(beside, what) };
  return { ...latencies, ratio: round(latencies.beside.median / latencies.alone.median, 3) };
}

function latencyOf(rounds: readonly Round[], what: keyof Round): Latency {
  const medians = rounds.map((samples) => round(medianOf(samples[what]), 2));
  return { median: round(medianOf(medians), 2), spread: [Math.min(...medians), Math.max(...medians)] };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "8" },
      seconds: { type: "string", default: "15" },
      limit: { type: "string", default: "60" },
      times: { type: "string", default: "10" },
    },
  });
  const options = { rounds: Number(values.rounds), seconds: Number(values.seconds), times: Number(values.times) };
  const figures = await measureNeighbours({ ...options, requestsPerMinute: Number(values.limit) });
  console.log(JSON.stringify(figures, null, 2));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
