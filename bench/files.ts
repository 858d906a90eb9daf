/** Results from R2 beside a bare worker that streams the same objects from the same bucket, in the same process. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayClient } from "../scripts/gateway-client.ts";
import { startSimulator } from "../simulator/index.ts";
import type { Bundle } from "./bundle.ts";
import { MASTER_KEY, startGateway } from "./contenders.ts";
import type { Shot } from "./load.ts";
import { type Figures, measureRounds, type Plan } from "./rounds.ts";
import { createTenants } from "./tenants.ts";

/** Ranges asked for in turn; every one elsewhere in the file. */
const RANGES = 64;
const RANGE_BYTES = 65_536;
const SMALL_BYTES = 1_048_576;
const LARGE_BYTES = 52_428_800;

/** Figures of one kind of file request. */
export interface FileFigures {
  readonly name: string;
  /** The bare worker first, then the gateway. */
  readonly figures: readonly Figures[];
}

interface Source {
  readonly bare: string;
  readonly gateway: string;
}

/** Has real media made, copied to R2 by the gateway, and then read by both. */
export async function measureFiles(bundle: Bundle, plan: Plan): Promise<FileFigures[]> {
  const simulator = await startSimulator({ accounts: [{ keys: [MASTER_KEY], credits: 1_000_000_000 }] });
  const settings = { POLL_MIN_MS: "200", POLL_MAX_MS: "400", ALLOW_PRIVATE_URLS: "true" };
  const gateway = await startGateway(bundle, simulator.url, join(plan.folder, "files"), { settings, withBare: true });
  try {
    const [tenant] = await createTenants(gateway.url, 1);
    const client = new GatewayClient(gateway.url, tenant?.key ?? "");
    const source = async (bytes: number): Promise<Source> => {
      const path = await mirroredPath(client, bytes);
      const objects = (await (await fetch(`${gateway.bareUrl}/objects`)).json()) as { key: string; size: number }[];
      const key = objects.find(({ size }) => size === bytes)?.key;
      if (key === undefined) throw new Error(`no object of ${bytes} bytes was copied`);
      return { bare: `/objects/${encodeURIComponent(key)}`, gateway: path };
    };
    const small = await source(SMALL_BYTES);
    const large = await source(LARGE_BYTES);
    const bare = { name: "bare worker", url: gateway.bareUrl, server: gateway.server };
    const pair = (files: Source, ranged: boolean, connections: number) =>
      measureRounds(
        [
          { contender: bare, load: { shots: readShots(files.bare, ranged) } },
          { contender: gateway, load: { shots: readShots(files.gateway, ranged) } },
        ],
        { ...plan, connections },
      );
    return [
      { name: "1 MB", figures: await pair(small, false, plan.connections) },
      { name: "50 MB", figures: await pair(large, false, 4) },
      { name: "64 KB ranges of 50 MB", figures: await pair(large, true, plan.connections) },
    ];
  } finally {
    await gateway.server.stop();
    await simulator.close();
  }
}

/** Waits until a result of that many bytes is in R2. @returns the path of its stable URL */
async function mirroredPath(client: GatewayClient, bytes: number): Promise<string> {
  const prompt = `a cat [[sim: bytes=${bytes} queueMs=10 generateMs=100]]`;
  const { taskId, resultUrls } = await client.submit({
    model: "Seedance 2.0",
    taskName: "bench",
    type: "img_txt",
    prompt,
    durationSeconds: 5,
  });
  await client.untilEnded(taskId);
  while (!(await client.query(taskId)).results.every(({ mirrored }) => mirrored)) await sleep(200);
  return new URL(resultUrls[0] ?? "").pathname;
}

function readShots(path: string, ranged: boolean): Shot[] {
  if (!ranged) return [{ method: "GET", path, headers: {} }];
  return Array.from({ length: RANGES }, (_, index) => {
    const first = Math.floor((LARGE_BYTES / RANGES) * index);
    return { method: "GET", path, headers: { range: `bytes=${first}-${first + RANGE_BYTES - 1}` } };
  });
}
