/** One tenant with a long history, many running tasks and many end users, beside one with a few of each: the same calls, one at a time. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayClient, type NewTenant } from "../scripts/gateway-client.ts";
import type { Bundle } from "./bundle.ts";
import { ADMIN_TOKEN, startGateway } from "./contenders.ts";
import { HISTORY_METADATA, seedHistory } from "./history.ts";
import { runLoad, type Shot } from "./load.ts";
import type { Plan } from "./rounds.ts";
import { type Spread, spread } from "./statistics.ts";
import { BODY, generateShots, queryShots, tokenOf } from "./tenants.ts";

const MODEL = (JSON.parse(BODY) as { model: string }).model;

/** Latencies of a tenant with history beside those of an empty tenant. */
export interface Growth {
  readonly stored: number;
  readonly running: number;
  /** End users with limits, with use of this month, and with a client token each. */
  readonly endUsers: number;
  readonly databaseBytes: number;
  /** p50 at one connection in ms, and its ratio within a round. */
  readonly generate: { readonly empty: Spread; readonly grown: Spread; readonly ratio: Spread };
  readonly query: { readonly empty: Spread; readonly grown: Spread; readonly ratio: Spread };
  /** Submissions of one end user with limits, by a client token. */
  readonly endUserGenerate: { readonly empty: Spread; readonly grown: Spread; readonly ratio: Spread };
  /** Pages of one row, by what is asked for: both tenants have that row, so that only the search for it differs. */
  readonly lists: readonly {
    readonly name: string;
    readonly empty: Spread;
    readonly grown: Spread;
    readonly ratio: Spread;
  }[];
}

/** Whose credential asks: the tenant's key, a client token of the end user whose tasks are many, of another, or of one with limits, the operator. */
type Credential = "key" | "ann" | "bob" | "limited" | "operator";

/** An end user with limits; on both sides. */
const LIMITED = "limited";

const OF_MODEL = `model=${encodeURIComponent(MODEL)}`;
const OF_TENANT = "/admin/v1/tenants/TENANT";

/** Each list and filter, by name: who asks, and the path with its parameters. */
const LISTS: Readonly<Record<string, readonly [Credential, string]>> = {
  "tasks, newest": ["key", "/api/v1/tasks?limit=1"],
  "tasks, status completed": ["key", "/api/v1/tasks?limit=1&status=2"],
  "tasks, status failed": ["key", "/api/v1/tasks?limit=1&status=3"],
  "tasks, status running": ["key", "/api/v1/tasks?limit=1&status=1"],
  "tasks, model": ["key", `/api/v1/tasks?limit=1&${OF_MODEL}`],
  "tasks, model and status": ["key", `/api/v1/tasks?limit=1&status=2&${OF_MODEL}`],
  "tasks, a key of none": ["key", "/api/v1/tasks?limit=1&keyId=none"],
  "tasks, a key of few": ["key", "/api/v1/tasks?limit=1&keyId=KEY"],
  "tasks, metadata of all": ["key", "/api/v1/tasks?limit=1&metadata.source=history"],
  "tasks, metadata of few": ["key", "/api/v1/tasks?limit=1&metadata.order=few"],
  "tasks, metadata of none": ["key", "/api/v1/tasks?limit=1&metadata.order=none"],
  "tasks, metadata of all and of few": ["key", "/api/v1/tasks?limit=1&metadata.source=history&metadata.order=few"],
  "tasks, q of none (a bounded search)": ["key", "/api/v1/tasks?limit=1&q=zebra"],
  "tasks, oldest day": ["key", "/api/v1/tasks?limit=1&to=2026-01-02"],
  "tasks, a client token of many": ["ann", "/api/v1/tasks?limit=1"],
  "tasks, a client token of few": ["bob", "/api/v1/tasks?limit=1"],
  "usage, days": ["key", "/api/v1/usage?groupBy=day&limit=1"],
  "usage, end users": ["key", "/api/v1/usage?groupBy=endUser&limit=1"],
  "end users, first page": ["key", "/api/v1/end-users?limit=1"],
  "end users, one": ["key", `/api/v1/end-users/${LIMITED}`],
  "client tokens of one end user": ["key", `/api/v1/client-tokens?limit=1&endUser=${LIMITED}`],
  "client token, what is left": ["limited", "/api/v1/client-token"],
  account: ["key", "/api/v1/account"],
  "operator: tasks": ["operator", `${OF_TENANT}/tasks?limit=1`],
  "operator: tasks, status and model": ["operator", `${OF_TENANT}/tasks?limit=1&status=2&${OF_MODEL}`],
  "operator: tasks, metadata of none": ["operator", `${OF_TENANT}/tasks?limit=1&metadata.order=none`],
  "operator: ledger": ["operator", `${OF_TENANT}/ledger?limit=1`],
  "operator: keys": ["operator", `${OF_TENANT}/keys?limit=1`],
  "operator: the tenant": ["operator", OF_TENANT],
  "operator: audit": ["operator", "/admin/v1/audit?limit=1&tenantId=TENANT"],
};

/** By then every tenant has reported to the Directory; with that, what the copies added to the ledger is folded into usage. */
const SETTLE_MS = 65_000;

interface Side {
  readonly url: string;
  readonly generate: readonly Shot[];
  readonly query: readonly Shot[];
  readonly endUserGenerate: readonly Shot[];
  readonly lists: Readonly<Record<string, readonly Shot[]>>;
}

/**
 * The history is made by repeating the rows of one completed and one running task in the object's own SQLite file, while
 * the gateway is stopped: whatever tables there are, their rows of a task come with it.
 */
export async function measureGrowth(
  bundle: Bundle,
  upstreamUrl: string,
  plan: Plan,
  size: { readonly stored: number; readonly running: number; readonly endUsers: number },
): Promise<Growth> {
  const grownFolder = join(plan.folder, "growth");
  const emptyFolder = join(plan.folder, "growth-empty");
  const seeded = await seedHistory(bundle, grownFolder, size);
  // So many that every list goes on after its page: one that ends there is cheaper, whatever the search in it costs.
  const small = await seedHistory(bundle, emptyFolder, { stored: 10, running: 0, endUsers: 10 });
  const empty = await startGateway(bundle, upstreamUrl, emptyFolder);
  const grown = await startGateway(bundle, upstreamUrl, grownFolder);
  try {
    const sides = [await sideOf(empty.url, small.grown), await sideOf(grown.url, seeded.grown)] as const;
    await sleep(SETTLE_MS);
    const measure = async (what: (side: Side) => readonly Shot[], isSubmission = false) => {
      const rounds: [number, number][] = [];
      for (let round = 0; round <= plan.rounds; round += 1) {
        const p50s: [number, number] = [
          await p50(sides[0].url, what(sides[0]), plan, isSubmission),
          await p50(sides[1].url, what(sides[1]), plan, isSubmission),
        ];
        if (round > 0) rounds.push(p50s); // the first warms up
      }
      return {
        empty: spread(rounds.map(([first]) => first)),
        grown: spread(rounds.map(([, second]) => second)),
        ratio: spread(rounds.map(([first, second]) => second / first)),
      };
    };
    const query = await measure((side) => side.query);
    const lists: Growth["lists"][number][] = [];
    for (const name of Object.keys(LISTS)) {
      lists.push({ name, ...(await measure((side) => side.lists[name] ?? [])) });
    }
    const generate = await measure((side) => side.generate, true);
    const endUserGenerate = await measure((side) => side.endUserGenerate, true);
    return { ...size, databaseBytes: seeded.bytes, query, lists, generate, endUserGenerate };
  } finally {
    await empty.server.stop();
    await grown.server.stop();
  }
}

async function sideOf(url: string, { tenantId, key }: NewTenant): Promise<Side> {
  const client = new GatewayClient(url, key);
  const { taskId } = await client.submit(BODY);
  const operator = new GatewayClient(url, ADMIN_TOKEN);
  const few = await operator.call<{ keyId: string; key: string }>("POST", `/admin/v1/tenants/${tenantId}/keys`, {
    name: "few",
  });
  const metadata = { ...HISTORY_METADATA, order: "few" };
  for (const _ of [1, 2]) {
    await new GatewayClient(url, few.key).submit({ ...(JSON.parse(BODY) as object), metadata });
  }
  const [ann, bob] = [await tokenOf(client, "ann"), await tokenOf(client, "bob")];
  for (const token of [ann, bob]) await new GatewayClient(url, token).submit(BODY);
  const limits = { dailyCredits: 1e9, monthlyCredits: 1e9, dailyTasks: 1e9, concurrentTasks: 1_000_000 };
  await client.call("PUT", `/api/v1/end-users/${LIMITED}`, limits);
  const limited = await tokenOf(client, LIMITED);
  await new GatewayClient(url, limited).submit(BODY);
  const credentials: Readonly<Record<Credential, string>> = { key, ann, bob, limited, operator: ADMIN_TOKEN };
  const lists = Object.entries(LISTS).map(([name, [credential, path]]) => {
    const headers = { authorization: `Bearer ${credentials[credential]}` };
    return [
      name,
      [{ method: "GET", path: path.replace("TENANT", tenantId).replace("KEY", few.keyId), headers }],
    ] as const;
  });
  return {
    url,
    generate: generateShots([key]),
    endUserGenerate: generateShots([limited]),
    query: queryShots([{ key, taskId }]),
    lists: Object.fromEntries(lists),
  };
}

async function p50(url: string, shots: readonly Shot[], plan: Plan, isSubmission: boolean): Promise<number> {
  const unique = isSubmission ? { uniqueHeader: "X-Idempotency-Key" } : {};
  const load = { url, shots, connections: 1, seconds: Math.max(1, Math.floor(plan.seconds / 2)) };
  const { p50Ms, refused, requests } = await runLoad({ ...load, ...unique }, plan.folder);
  if (refused > 0) throw new Error(`${refused} of ${requests} responses were errors`);
  return p50Ms;
}
