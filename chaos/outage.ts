/**
 * What an outage of the upstream costs: `node chaos/outage.ts --tasks 300 --seconds 20 --fault http:503` counts the calls
 * that the gateway makes into it, and how soon it is over once the upstream is back. Figures: docs/reliability.md.
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

/** How many tasks meet which outage, and for how long. */
export interface OutageOptions {
  /** Half of them run when the outage begins, the others are submitted into it. */
  readonly tasks: number;
  readonly seconds: number;
  /** A fault that strikes every submission and every query (simulator/README.md). */
  readonly fault: string;
  /** Polling pace and whatever else differs from the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Folder of a bundled Worker (scripts/build-worker.ts); default: the source. */
  readonly bundle?: string;
}

/** What an outage has cost in calls and time. */
export interface OutageFigures {
  /** Calls into the outage, until the last caller had a taskId. */
  readonly submissions: number;
  readonly queries: number;
  /** Those of them from two seconds to `seconds` after the outage began: a busy machine may make it longer, not this. */
  readonly lateCalls: number;
  /** How long callers waited for the taskId of a submission into the outage, in ms: median and longest. */
  readonly answeredMs: { readonly median: number; readonly longest: number };
  /** From the end of the outage until the upstream had accepted every task, in ms. */
  readonly recoveryMs: number;
  /** Most submissions within one second after the outage. */
  readonly burst: number;
  /** Tasks upstream for the tasks submitted: one each. */
  readonly upstreamTasks: number;
}

const MASTER_KEY = "sh-outage-master-key";
const RECOVERY_LIMIT_MS = 120_000;

/** Runs one outage on a gateway of its own. */
export async function measureOutage(options: OutageOptions): Promise<OutageFigures> {
  const folder = await mkdtemp(join(tmpdir(), "paddock-outage-"));
  const accounts = [{ name: "reseller", keys: [MASTER_KEY], credits: 1_000_000 }];
  const simulator = await startSimulator({ accounts, keepRequests: 100_000 });
  const settings = {
    SEEDHORSE_API_KEYS: MASTER_KEY,
    SIGNING_SECRETS: "outage-signing-secret-00000000000000",
    ADMIN_TOKEN: "outage-operator-token-00000000000000",
    SEEDHORSE_BASE_URL: simulator.url,
    ...options.settings,
  };
  const gateway = await startGateway({ settings, stateFolder: folder, bundle: options.bundle });
  try {
    const operator = new GatewayClient(gateway.url, settings.ADMIN_TOKEN);
    const generous = { name: "outage", requestsPerMinute: 1_000_000, concurrentTasks: 100_000 };
    const { key } = await createTenant(operator, generous);
    const figures = await suffer(options, simulator, new GatewayClient(gateway.url, key));
    if (gateway.processes.hasEnded) throw new Error(`the gateway has ended by itself\n${gateway.log.tail()}`);
    return figures;
  } finally {
    await gateway.processes.kill();
    await simulator.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function suffer(options: OutageOptions, simulator: Simulator, client: GatewayClient): Promise<OutageFigures> {
  const half = Math.ceil(options.tasks / 2);
  const body = { model: "Imagen Nano Banana 2", taskName: "outage", type: "txt", prompt: "calm [[sim: never]]" };
  const submit = () => client.submit(body);
  for (let index = 0; index < half; index += 10) await Promise.all(Array.from({ length: 10 }, submit));
  for (const on of ["generate", "query"] as const) simulator.fault({ on, fault: options.fault });
  const struck = () => simulator.faults().map((rule) => rule.struck);
  const callsAfter = async (ms: number) => {
    await sleep(ms);
    return struck().reduce((total, count) => total + count, 0);
  };
  const early = callsAfter(2_000);
  const planned = callsAfter(options.seconds * 1_000);
  const waits = await Promise.all(
    Array.from({ length: half }, async (_, index) => {
      await sleep((index * 1_000) / half);
      const askedAt = Date.now();
      await submit();
      return Date.now() - askedAt;
    }),
  );
  const lateCalls = (await planned) - (await early);
  const [submissions = 0, queries = 0] = struck();
  simulator.clearFaults();
  const overAt = Date.now();
  const wanted = Math.ceil(half / 10) * 10 + half;
  while (simulator.stats().tasks < wanted && Date.now() < overAt + RECOVERY_LIMIT_MS) await sleep(20);
  const recoveryMs = Date.now() - overAt;
  const times = simulator
    .requests()
    .map(({ at }) => at)
    .filter((at) => at >= overAt);
  const sorted = waits.toSorted((a, b) => a - b);
  return {
    submissions,
    queries,
    lateCalls,
    answeredMs: { median: sorted[Math.floor(sorted.length / 2)] ?? 0, longest: sorted.at(-1) ?? 0 },
    recoveryMs,
    burst: Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length)),
    upstreamTasks: simulator.stats().tasks,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tasks: { type: "string", default: "300" },
      seconds: { type: "string", default: "20" },
      fault: { type: "string", default: "http:503" },
    },
  });
  const options = { tasks: Number(values.tasks), seconds: Number(values.seconds), fault: values.fault };
  console.log(JSON.stringify({ ...options, ...(await measureOutage(options)) }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
