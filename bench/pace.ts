/** How soon the end of a task is noticed, and whether the upstream is ever asked faster than it advises. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayClient } from "../scripts/gateway-client.ts";
import { startSimulator } from "../simulator/index.ts";
import type { Bundle } from "./bundle.ts";
import { MASTER_KEY, startGateway } from "./contenders.ts";
import { percentile, type Spread, spread } from "./statistics.ts";
import { createTenants } from "./tenants.ts";

/** How soon the ends of tasks are noticed, and how often tasks are polled. */
export interface PaceFigures {
  readonly tasks: number;
  /** From a task's end upstream to the query that saw it, in seconds. */
  readonly noticed: Spread;
  readonly noticedP99: number;
  /** Shortest time between two queries of one task, in seconds. */
  readonly shortestInterval: number;
  readonly queriesPerTask: number;
}

/** Durations of the tasks, evenly spread: each must live through several polls. In ms. */
const TASK_MS = { least: 30_000, most: 60_000 } as const;
/** Completed tasks from which the tenant learns the usual duration before the measurement. */
const LEARNED_FROM = 40;
const SUBMITTERS = 8;

/**
 * Runs that many tasks of one tenant at the default pace. Nobody watches them, and they all fail, so that no copying of files is in the
 * way.
 */
export async function measurePace(bundle: Bundle, folder: string, tasks: number): Promise<PaceFigures> {
  const simulator = await startSimulator({
    accounts: [{ keys: [MASTER_KEY], credits: 1_000_000_000 }],
    keepRequests: 1,
  });
  const gateway = await startGateway(bundle, simulator.url, join(folder, "pace"));
  try {
    const [tenant] = await createTenants(gateway.url, 1);
    const client = new GatewayClient(gateway.url, tenant?.key ?? "");
    const submitMany = async (count: number, directive: (ms: number) => string) => {
      let left = count;
      const submitter = async () => {
        for (let task = left--; task > 0; task = left--) {
          const ms = Math.round(TASK_MS.least + ((TASK_MS.most - TASK_MS.least) * task) / count);
          const prompt = `a cat [[sim: ${directive(ms)}]]`;
          await client.submit({
            model: "Seedance 2.0",
            taskName: "bench",
            type: "img_txt",
            prompt,
            durationSeconds: 5,
          });
        }
      };
      await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
    };
    await submitMany(LEARNED_FROM, (ms) => `queueMs=10 generateMs=${ms} bytes=1000`);
    await sleep(TASK_MS.most + 15_000);
    await submitMany(tasks, (ms) => `fail="as planned" delayMs=${ms}`);
    const giveUpAt = Date.now() + TASK_MS.most + 60_000;
    const running = async () =>
      (await client.call<{ tasks: unknown[] }>("GET", "/api/v1/tasks?status=1&limit=1")).tasks;
    const queued = async () => (await client.call<{ tasks: unknown[] }>("GET", "/api/v1/tasks?status=0&limit=1")).tasks;
    while ((await running()).length + (await queued()).length > 0) {
      if (Date.now() > giveUpAt) throw new Error("some tasks have not ended");
      await sleep(1_000);
    }
    const views = simulator.tasks().filter(({ prompt }) => prompt.includes("as planned"));
    const noticed = views.map(({ acceptedAt, queriedAt, prompt }) => {
      const endedAt = acceptedAt + Number(/delayMs=(\d+)/.exec(prompt)?.[1]);
      return ((queriedAt.find((at) => at >= endedAt) ?? Number.POSITIVE_INFINITY) - endedAt) / 1_000;
    });
    const intervals = views.flatMap(({ queriedAt }) =>
      queriedAt.slice(1).map((at, index) => (at - (queriedAt[index] ?? 0)) / 1_000),
    );
    return {
      tasks,
      noticed: spread(noticed),
      noticedP99: percentile(noticed, 0.99),
      shortestInterval: Math.min(...intervals),
      queriesPerTask: views.reduce((sum, { queries }) => sum + queries, 0) / views.length,
    };
  } finally {
    await gateway.server.stop();
    await simulator.close();
  }
}
