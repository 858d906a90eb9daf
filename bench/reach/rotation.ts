/**
 * Contenders that are all alive at once, measured in slices of 350 ms in rotation: what slows the machine down for a while slows all of
 * them. CPU comes from the scheduler's statistics. The gateway also runs against itself, as a control.
 */
import type { ServerProcess } from "../server-process.ts";
import { median, percentile } from "../statistics.ts";
import type { Generator, Sample } from "./generator.ts";

const SLICE_MS = 350;

/** One contender under one load. */
export interface Entrant {
  readonly name: string;
  readonly server: ServerProcess;
  readonly generator: Generator;
}

/** One slice of one contender. */
interface Slice {
  readonly perSecond: number;
  /** CPU of the process a request, in ms. */
  readonly cpuMs: number;
  readonly latenciesMs: readonly number[];
}

/** The slices of each contender, by name, in the order of the rounds. */
export type Rotation = ReadonlyMap<string, readonly Slice[]>;

/** @param load one slice of load */
export async function rotate(
  entrants: readonly Entrant[],
  rounds: number,
  load: (generator: Generator, ms: number) => Promise<Sample>,
): Promise<Rotation> {
  const slices = new Map<string, Slice[]>(entrants.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    // The order changes from round to round, because each slice meets what the one before left in the caches.
    const turn = entrants.map((_, index) => entrants[(index + Math.max(0, round)) % entrants.length]);
    for (const entrant of turn) {
      if (entrant === undefined) continue;
      const { name, server, generator } = entrant;
      const cpuBefore = server.cpuSeconds() ?? Number.NaN;
      const { seconds, latenciesMs } = await load(generator, SLICE_MS);
      const cpuMs = (((server.cpuSeconds() ?? Number.NaN) - cpuBefore) * 1_000) / latenciesMs.length;
      // The first round warms up.
      if (round >= 0) slices.get(name)?.push({ perSecond: latenciesMs.length / seconds, cpuMs, latenciesMs });
    }
  }
  return slices;
}

/** A ratio of two contenders: the median over the rounds, and its quartiles. */
export interface Ratio {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

/** Compares a figure of two contenders within each round. */
export function ratioOf(rotation: Rotation, name: string, base: string, figure: "cpuMs" | "perSecond"): Ratio {
  const others = slicesOf(rotation, base);
  const ratios = slicesOf(rotation, name).map(
    (slice, round) => slice[figure] / (others[round]?.[figure] ?? Number.NaN),
  );
  return { median: median(ratios), lower: percentile(ratios, 0.25), upper: percentile(ratios, 0.75) };
}

/** Returns the median of a figure over the rounds. */
export function medianOf(rotation: Rotation, name: string, figure: "cpuMs" | "perSecond"): number {
  return median(slicesOf(rotation, name).map((slice) => slice[figure]));
}

/** Returns a percentile of the latencies of all slices together, in ms. */
export function latencyOf(rotation: Rotation, name: string, share: number): number {
  return percentile(
    slicesOf(rotation, name).flatMap(({ latenciesMs }) => latenciesMs),
    share,
  );
}

function slicesOf(rotation: Rotation, name: string): readonly Slice[] {
  const slices = rotation.get(name);
  if (slices === undefined) throw new RangeError(`there is no contender ${name}`);
  return slices;
}
