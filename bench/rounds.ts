/**
 * Interleaved rounds: in each, every contender is measured once, one after the other, and compared with the bare worker of
 * the same round. What slows the machine down for a while slows both sides of a ratio.
 */
import type { Contender } from "./contenders.ts";
import { type Load, type LoadResult, runLoad } from "./load.ts";
import { type Spread, spread } from "./statistics.ts";

/** How long and how hard a bench measures. */
export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  /** Connections at saturation. */
  readonly connections: number;
  readonly folder: string;
}

/** One contender with the load it is measured under. */
export interface Entry {
  readonly contender: Pick<Contender, "name" | "url" | "server">;
  readonly load: Pick<Load, "shots" | "uniqueHeader">;
  /** True if every response is an error by design; any other response is an error of the bench. */
  readonly refusals?: boolean;
}

/** One contender's figures over all rounds. */
export interface Figures {
  readonly name: string;
  readonly perSecond: Spread;
  /** Throughput as a share of the first contender's of the same round. */
  readonly ratio: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** At one connection. */
  readonly quietP50Ms: Spread;
  readonly quietP99Ms: Spread;
  /** CPU of the process a request, in ms; null where it is not known. */
  readonly cpuMs: Spread | null;
  readonly cpuRatio: Spread | null;
  readonly residentBytes: number | null;
}

interface Turn extends LoadResult {
  readonly cpuMs: number | null;
  readonly quiet: LoadResult;
}

/** Measures all entries in interleaved rounds; the first one is what the others are compared with. */
export async function measureRounds(entries: readonly Entry[], plan: Plan): Promise<Figures[]> {
  const turns: Turn[][] = entries.map(() => []);
  for (const entry of entries) await takeTurn(entry, { ...plan, seconds: 1 }); // warm-up, thrown away
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const [index, entry] of entries.entries()) turns[index]?.push(await takeTurn(entry, plan));
  }
  const base = turns[0] ?? [];
  return entries.map((entry, index) => figures(entry, turns[index] ?? [], base));
}

async function takeTurn({ contender, load, refusals = false }: Entry, plan: Plan): Promise<Turn> {
  const { url, server, name } = contender;
  const cpuBefore = server.cpuSeconds();
  const busy = await runLoad({ ...load, url, connections: plan.connections, seconds: plan.seconds }, plan.folder);
  const cpuAfter = server.cpuSeconds();
  const seconds = Math.max(1, Math.floor(plan.seconds / 2));
  const quiet = await runLoad({ ...load, url, connections: 1, seconds }, plan.folder);
  const wrong = refusals ? busy.requests - busy.refused : busy.refused;
  // A bucket of one a minute lets one through a minute.
  if (wrong + busy.broken > (refusals ? 3 : 0)) {
    throw new Error(`${name}: ${wrong} of ${busy.requests} answers were not what was expected, ${busy.broken} broke`);
  }
  const cpuMs = cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) * 1_000) / busy.requests;
  return { ...busy, cpuMs, quiet };
}

function figures({ contender }: Entry, turns: readonly Turn[], base: readonly Turn[]): Figures {
  const cpu = turns.map(({ cpuMs }) => cpuMs).filter((value) => value !== null);
  const cpuRatios = turns.map(({ cpuMs }, round) => (cpuMs ?? Number.NaN) / (base[round]?.cpuMs ?? Number.NaN));
  return {
    name: contender.name,
    perSecond: spread(turns.map(({ perSecond }) => perSecond)),
    ratio: spread(turns.map(({ perSecond }, round) => perSecond / (base[round]?.perSecond ?? Number.NaN))),
    p50Ms: spread(turns.map(({ p50Ms }) => p50Ms)),
    p99Ms: spread(turns.map(({ p99Ms }) => p99Ms)),
    quietP50Ms: spread(turns.map(({ quiet }) => quiet.p50Ms)),
    quietP99Ms: spread(turns.map(({ quiet }) => quiet.p99Ms)),
    cpuMs: cpu.length === 0 ? null : spread(cpu),
    cpuRatio: cpu.length === 0 ? null : spread(cpuRatios),
    residentBytes: contender.server.residentBytes(),
  };
}
