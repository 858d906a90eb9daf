/** Throughput, latency and CPU: submissions, queries and rejections beside the bare worker, nginx and Portkey. */
import { join } from "node:path";
import { GatewayClient } from "../scripts/gateway-client.ts";
import type { Bundle } from "./bundle.ts";
import {
  type Contender,
  NO_POLLS,
  startBare,
  startGateway,
  startLeast,
  startNginxProxy,
  startPortkey,
} from "./contenders.ts";
import { runLoad, type Shot } from "./load.ts";
import { type Entry, type Figures, measureRounds, type Plan } from "./rounds.ts";
import { BODY, createTenants, generateShots, queryShots } from "./tenants.ts";

/** Figures of submissions, queries and rejections. */
export interface Throughput {
  /** Each list: the bare worker first. */
  readonly generate: readonly Figures[];
  readonly query: readonly Figures[];
  readonly refusals: readonly Figures[];
  /** fsync and fdatasync a submission at saturation; null where they cannot be counted. */
  readonly syncsPerGenerate: { readonly sixteen: number; readonly hot: number } | null;
}

const TENANTS = 16;
const TASKS_PER_TENANT = 4;
const UNIQUE = "X-Idempotency-Key";

/** @param which workloads to measure */
export async function measureThroughput(
  bundle: Bundle,
  upstreamUrl: string,
  plan: Plan,
  which: ReadonlySet<string>,
): Promise<Throughput> {
  const { folder } = plan;
  const gateway = await startGateway(bundle, upstreamUrl, join(folder, "gateway"), { settings: NO_POLLS });
  const bare = await startBare(bundle, upstreamUrl, join(folder, "bare"));
  const least = await startLeast(bundle, upstreamUrl, join(folder, "least"));
  const others = [await startNginxProxy(upstreamUrl, folder), await startPortkey(upstreamUrl, folder)].filter(
    (contender) => contender !== null,
  );
  try {
    const keys = (await createTenants(gateway.url, TENANTS)).map(({ key }) => key);
    const hot = keys.slice(0, 1);
    const named = (name: string): Contender => ({ ...gateway, name });
    const leastNamed = (name: string): Contender => ({ ...least, name });
    const entry = (contender: Contender, shots: readonly Shot[], unique = false): Entry => ({
      contender,
      load: { shots: shots.map(contender.dress), ...(unique ? { uniqueHeader: UNIQUE } : {}) },
    });

    const submissions = generateShots(keys);
    const generate = which.has("generate")
      ? await measureRounds(
          [
            entry(bare, submissions, true),
            entry(named("gateway, 16 tenants"), submissions, true),
            entry(named("gateway, one hot tenant"), generateShots(hot), true),
            entry(leastNamed("the least, 16 tenants"), submissions, true),
            entry(leastNamed("the least, one hot tenant"), generateShots(hot), true),
            ...others.map((other) => entry(other, submissions, true)),
          ],
          plan,
        )
      : [];
    const syncs = async (shots: readonly Shot[]) => {
      let requests = 0;
      const count = await gateway.server.countSyncs(async () => {
        const load = { url: gateway.url, shots, uniqueHeader: UNIQUE };
        requests = (await runLoad({ ...load, connections: plan.connections, seconds: plan.seconds }, folder)).requests;
      });
      return count === null ? null : count / requests;
    };
    const sixteen = which.has("generate") ? await syncs(submissions) : null;
    const hotSyncs = which.has("generate") ? await syncs(generateShots(hot)) : null;

    const query = which.has("query")
      ? await measureQueries(bundle, upstreamUrl, { bare, others: [leastNamed("the least"), ...others] }, plan)
      : [];

    const poor = (await createTenants(gateway.url, 1, { requestsPerMinute: 1 })).map(({ key }) => key);
    await new GatewayClient(gateway.url, poor[0] ?? "").submit(BODY);
    const refused = (name: string, shots: readonly Shot[]): Entry => ({ ...entry(named(name), shots), refusals: true });
    const refusals = which.has("refusals")
      ? await measureRounds(
          [
            entry(bare, submissions),
            refused("forged key", generateShots(keys.map(forged))),
            refused("bad body", generateShots(keys, BODY.replace(/"type":[^,]*,/, ""))),
            refused("over the rate limit", generateShots(poor)),
          ],
          plan,
        )
      : [];
    const counted = sixteen !== null && hotSyncs !== null ? { sixteen, hot: hotSyncs } : null;
    return { generate, query, refusals, syncsPerGenerate: counted };
  } finally {
    for (const { server } of [gateway, bare, least, ...others]) await server.stop();
  }
}

/** A gateway of its own, at the default pace of polling: its tasks are polled once by the gateway before the measurement. */
async function measureQueries(
  bundle: Bundle,
  upstreamUrl: string,
  { bare, others }: { readonly bare: Contender; readonly others: readonly Contender[] },
  plan: Plan,
): Promise<Figures[]> {
  const gateway = await startGateway(bundle, upstreamUrl, join(plan.folder, "gateway-queries"));
  try {
    const tasks: { key: string; taskId: number }[] = [];
    for (const { key } of await createTenants(gateway.url, TENANTS)) {
      const client = new GatewayClient(gateway.url, key);
      for (let count = 0; count < TASKS_PER_TENANT; count += 1) {
        tasks.push({ key, taskId: (await client.submit(BODY)).taskId });
      }
    }
    for (const { key, taskId } of tasks) {
      const client = new GatewayClient(gateway.url, key);
      while ((await client.query(taskId)).progress === 0) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const shots = queryShots(tasks);
    const entry = (contender: Contender): Entry => ({ contender, load: { shots: shots.map(contender.dress) } });
    return await measureRounds([bare, gateway, ...others].map(entry), plan);
  } finally {
    await gateway.server.stop();
  }
}

/** The same key with another MAC. */
function forged(key: string): string {
  const last = key.at(-8) === "A" ? "B" : "A";
  return `${key.slice(0, -8)}${last}${key.slice(-7)}`;
}
