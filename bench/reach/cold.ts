/** The first submission of a tenant whose object is not in memory: one with a long history beside one with a single task. */
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bundle } from "../bundle.ts";
import { type Contender, NO_POLLS, startGateway } from "../contenders.ts";
import { type History, seedHistory } from "../history.ts";
import { type Spread, spread } from "../statistics.ts";
import { generateShots } from "../tenants.ts";
import { Generator } from "./generator.ts";

/** Latencies of first submissions in ms, and their ratios within a round. */
export interface Cold {
  readonly emptyMs: Spread;
  /** With nothing of the ledger folded into usage, which only a burst within the last minute leaves. */
  readonly unfoldedMs: Spread;
  readonly unfolded: Spread;
  readonly foldedMs: Spread;
  readonly folded: Spread;
}

/** The runtime is warm by then, and has time to write what the start has left. */
const QUIET_MS = 700;

/** In so long a tenant has reported to the Directory and folded its ledger. In ms. */
const FOLD_MS = 15_000;

/** @param stored tasks of the history */
export async function measureCold(
  bundle: Bundle,
  upstreamUrl: string,
  folder: string,
  { stored, rounds }: { readonly stored: number; readonly rounds: number },
): Promise<Cold> {
  const state = join(folder, "cold");
  const history = await seedHistory(bundle, state, { stored, running: 100 });
  const start = () => startGateway(bundle, upstreamUrl, state, { settings: NO_POLLS, bucket: false });
  const measure = async () => {
    const original = join(folder, "cold.sqlite");
    copyFileSync(history.file, original);
    const times: { readonly grown: number; readonly empty: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // What one round folds would be folded for the next.
      for (const end of ["-wal", "-shm"]) rmSync(`${history.file}${end}`, { force: true });
      copyFileSync(original, history.file);
      putOffAlarms(state);
      times.push(await firstSubmissions(await start(), history, round % 2 === 0));
    }
    const ratio = spread(times.map(({ grown, empty }) => grown / empty));
    return { times, ratio, grownMs: spread(times.map(({ grown }) => grown)) };
  };
  const unfolded = await measure();
  const { server, url } = await start();
  await firstMs(url, history.grown.key);
  await sleep(FOLD_MS);
  await server.stop();
  const folded = await measure();
  const emptyMs = spread([...unfolded.times, ...folded.times].map(({ empty }) => empty));
  const { ratio, grownMs } = folded;
  return { emptyMs, unfoldedMs: unfolded.grownMs, unfolded: unfolded.ratio, foldedMs: grownMs, folded: ratio };
}

/** An alarm that is due at the start would open an object before its first submission. */
function putOffAlarms(state: string): void {
  const inAnHour = BigInt(Date.now() + 3_600_000) * 1_000_000n;
  for (const namespace of ["Tenant", "Directory"]) {
    const database = new DatabaseSync(join(state, `objects/bench-${namespace}/metadata.sqlite`));
    database.prepare("UPDATE _cf_ALARM SET scheduled_time = ?").run(inAnHour);
    database.close();
  }
}

/** Starts both tenants' objects, one after the other, and stops the gateway. */
async function firstSubmissions(
  { server, url }: Contender,
  { grown, empty, other }: History,
  grownFirst: boolean,
): Promise<{ readonly grown: number; readonly empty: number }> {
  try {
    await firstMs(url, other.key, 5);
    await sleep(QUIET_MS);
    const first = await firstMs(url, grownFirst ? grown.key : empty.key);
    await sleep(QUIET_MS);
    const second = await firstMs(url, grownFirst ? empty.key : grown.key);
    return grownFirst ? { grown: first, empty: second } : { grown: second, empty: first };
  } finally {
    await server.stop();
  }
}

/** @returns the latency of the first of some submissions, in ms */
async function firstMs(url: string, key: string, count = 1): Promise<number> {
  const generator = new Generator(url, generateShots([key]), true);
  try {
    const { latenciesMs } = await generator.openLoop(10, count * 100);
    return latenciesMs[0] ?? Number.NaN;
  } finally {
    generator.close();
  }
}
