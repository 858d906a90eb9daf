/** What a cold start costs: the process from nothing to its first answer, beside a bare worker in the same runtime. */
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { startBare, startGateway } from "./contenders.ts";
import { type Spread, spread } from "./statistics.ts";

export interface Startup {
  /** From the start of the process to its first answer, in ms: the runtime's own start is in both. */
  readonly gatewayMs: Spread;
  readonly bareMs: Spread;
  /** CPU of the gateway's start that the bare worker's has not, in ms; null where it cannot be told. */
  readonly extraCpuMs: Spread | null;
}

/** @param rounds starts of each, in turn */
export async function measureStartup(
  bundle: Bundle,
  upstreamUrl: string,
  folder: string,
  rounds: number,
): Promise<Startup> {
  const gatewayMs: number[] = [];
  const bareMs: number[] = [];
  const extra: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const gateway = await startGateway(bundle, upstreamUrl, join(folder, `startup-${round}`), { bucket: false });
    const gatewayCpu = gateway.server.cpuSeconds();
    gatewayMs.push(performance.now() - gateway.server.startedAt);
    await gateway.server.stop();
    const bare = await startBare(bundle, upstreamUrl, join(folder, `startup-bare-${round}`));
    const bareCpu = bare.server.cpuSeconds();
    bareMs.push(performance.now() - bare.server.startedAt);
    await bare.server.stop();
    if (gatewayCpu !== null && bareCpu !== null) extra.push((gatewayCpu - bareCpu) * 1_000);
  }
  return {
    gatewayMs: spread(gatewayMs),
    bareMs: spread(bareMs),
    extraCpuMs: extra.length === 0 ? null : spread(extra),
  };
}
