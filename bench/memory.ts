/** Memory of the process after some thousand tasks, beside that of the bare worker after as many requests. */
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { type Contender, NO_POLLS, startBare, startGateway } from "./contenders.ts";
import { runLoad, type Shot } from "./load.ts";
import type { Plan } from "./rounds.ts";
import { createTenants, generateShots } from "./tenants.ts";

export interface Memory {
  /** Submissions taken, by the gateway and by the bare worker. */
  readonly tasks: readonly [gateway: number, bare: number];
  readonly gatewayBytes: number;
  readonly bareBytes: number;
}

const TENANTS = 16;

/** @returns null where a process does not tell its memory */
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
  try {
    const keys = (await createTenants(gateway.url, TENANTS)).map(({ key }) => key);
    const taken = await submit(gateway, generateShots(keys), tasks, plan);
    const passed = await submit(bare, generateShots(keys), tasks, plan);
    const gatewayBytes = gateway.server.residentBytes();
    const bareBytes = bare.server.residentBytes();
    if (gatewayBytes === null || bareBytes === null) return null;
    return { tasks: [taken, passed], gatewayBytes, bareBytes };
  } finally {
    await gateway.server.stop();
    await bare.server.stop();
  }
}

async function submit({ url }: Contender, shots: readonly Shot[], atLeast: number, plan: Plan): Promise<number> {
  let requests = 0;
  while (requests < atLeast) {
    const load = { url, shots, uniqueHeader: "X-Idempotency-Key", connections: plan.connections, seconds: 1 };
    requests += (await runLoad(load, plan.folder)).requests;
  }
  return requests;
}
