/** What a cold start costs: the process from nothing to its first response, beside an empty Worker in the same runtime. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { startGateway } from "./contenders.ts";
import { type Spread, spread } from "./statistics.ts";

/** What a start of the gateway costs beside a start of an empty Worker. */
export interface Startup {
  /** From the start of the process to its first response, in ms: the runtime's own start is in both. */
  readonly gatewayMs: Spread;
  readonly emptyMs: Spread;
  /** CPU of the gateway's start that the empty Worker's has not, in ms; null where it cannot be measured. */
  readonly extraCpuMs: Spread | null;
}

/** @param rounds starts of each, in turn */
export async function measureStartup(
  bundle: Bundle,
  upstreamUrl: string,
  folder: string,
  rounds: number,
): Promise<Startup> {
  const empty = emptyBundle(bundle, join(folder, "empty-bundle"));
  const start = async (what: Bundle, where: string) => {
    const { server } = await startGateway(what, upstreamUrl, join(folder, where), { bucket: false });
    const cpuMs = (server.cpuSeconds() ?? Number.NaN) * 1_000;
    const ms = performance.now() - server.startedAt;
    await server.stop();
    return { ms, cpuMs };
  };
  const gatewayMs: number[] = [];
  const emptyMs: number[] = [];
  const extra: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const gateway = await start(bundle, `startup-${round}`);
    const nothing = await start(empty, `startup-empty-${round}`);
    gatewayMs.push(gateway.ms);
    emptyMs.push(nothing.ms);
    extra.push(gateway.cpuMs - nothing.cpuMs);
  }
  return {
    gatewayMs: spread(gatewayMs),
    emptyMs: spread(emptyMs),
    extraCpuMs: extra.some(Number.isNaN) ? null : spread(extra),
  };
}

/** A Worker with the same bindings that does nothing: the difference is what the gateway's own code costs. */
function emptyBundle(bundle: Bundle, folder: string): Bundle {
  mkdirSync(folder, { recursive: true });
  const classes = bundle.objects.map(({ className }) => `export class ${className} extends DurableObject {}`);
  const lines = [
    'import { DurableObject } from "cloudflare:workers";',
    ...classes,
    "export default { fetch: () => new Response() };",
  ];
  writeFileSync(join(folder, "index.js"), lines.join("\n"));
  return { ...bundle, folder, modules: ["index.js"] };
}
