/**
 * Memory of the process after some thousand tasks, beside that of the bare worker after as many requests, and after as long a
 * time under load: V8 lets its heap grow with what is allocated, up to a level where both then stay. And beside the least:
 * what the runtime makes for every call and write is kept until V8 next goes through its whole heap, in any of the processes.
 */
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { type Contender, NO_POLLS, startBare, startGateway, startLeast } from "./contenders.ts";
import { runLoad, type Shot } from "./load.ts";
import type { Plan } from "./rounds.ts";
import { createTenants, generateShots } from "./tenants.ts";

/** Resident memory of the processes after as many requests, in bytes. */
export interface Memory {
  /** Submissions taken by the gateway. */
  readonly tasks: number;
  readonly gatewayBytes: number;
  /** Of the worker that does the least, after as many. */
  readonly leastBytes: number;
  /** After as many requests, or a few more. */
  readonly bareBytes: number;
  /** After as many seconds. */
  readonly bareBytesLater: number;
  readonly bareRequestsLater: number;
}

const TENANTS = 16;

/** Returns null where the memory of a process cannot be read. */
export async function measureMemory(
  bundle: Bundle,
  upstreamUrl: string,
  plan: Plan,
  tasks: number,
): Promise<Memory | null> {
  const gateway = await startGateway(bundle, upstreamUrl, join(plan.folder, "memory"), {
    settings: NO_POLLS,
    bucket: false,
  });
  const bare = await startBare(bundle, upstreamUrl, join(plan.folder, "memory-bare"));
  const least = await startLeast(bundle, upstreamUrl, join(plan.folder, "memory-least"));
  try {
    const keys = (await createTenants(gateway.url, TENANTS)).map(({ key }) => key);
    const shots = generateShots(keys);
    const taken = await submit(gateway, shots, plan, ({ requests }) => requests >= tasks);
    const gatewayBytes = gateway.server.residentBytes();
    await submit(least, shots, plan, ({ requests }) => requests >= tasks);
    const leastBytes = least.server.residentBytes();
    const same = await submit(bare, shots, plan, ({ requests }) => requests >= tasks);
    const bareBytes = bare.server.residentBytes();
    const longer = await submit(bare, shots, plan, ({ seconds }) => same.seconds + seconds >= taken.seconds);
    const bareBytesLater = bare.server.residentBytes();
    if (gatewayBytes === null || leastBytes === null || bareBytes === null || bareBytesLater === null) return null;
    const bareRequestsLater = same.requests + longer.requests;
    return { tasks: taken.requests, gatewayBytes, leastBytes, bareBytes, bareBytesLater, bareRequestsLater };
  } finally {
    for (const { server } of [gateway, bare, least]) await server.stop();
  }
}

interface Submitted {
  requests: number;
  seconds: number;
}

async function submit(
  { url }: Contender,
  shots: readonly Shot[],
  plan: Plan,
  isEnough: (soFar: Submitted) => boolean,
): Promise<Submitted> {
  const done = { requests: 0, seconds: 0 };
  while (!isEnough(done)) {
    const load = { url, shots, uniqueHeader: "X-Idempotency-Key", connections: plan.connections, seconds: 1 };
    done.requests += (await runLoad(load, plan.folder)).requests;
    done.seconds += 1;
  }
  return done;
}
