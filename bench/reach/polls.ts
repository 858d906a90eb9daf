/** CPU of a poll that changes nothing, and of one that ends its task. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bundle } from "../bundle.ts";
import { startGateway } from "../contenders.ts";
import { createTenants, generateShots } from "../tenants.ts";
import { Generator } from "./generator.ts";
import { countingUpstream } from "./upstream.ts";

/** CPU of polls, in ms each. */
export interface PollCost {
  readonly unchangedMs: number;
  readonly endingMs: number;
}

const TASKS = 400;
const POLL_MS = 1_000;
const PATIENCE_MS = 30_000;

/** Runs tasks of 16 tenants at a poll a second each; in the end all of them fail upstream. */
export async function measurePolls(bundle: Bundle, folder: string): Promise<PollCost> {
  const upstream = await countingUpstream();
  const settings = { POLL_MIN_MS: String(POLL_MS), POLL_MAX_MS: String(POLL_MS) };
  const gateway = await startGateway(bundle, upstream.url, join(folder, "polls"), { settings, bucket: false });
  const { server, url } = gateway;
  const cpuMs = () => (server.cpuSeconds() ?? Number.NaN) * 1_000;
  try {
    const keys = (await createTenants(url, 16)).map(({ key }) => key);
    const generator = new Generator(url, generateShots(keys), true);
    for (let sent = 0; sent < TASKS; ) sent += (await generator.openLoop(200, 500)).latenciesMs.length;
    generator.close();
    await sleep(3 * POLL_MS);
    const before = { cpu: cpuMs(), polls: upstream.queries() };
    await sleep(6 * POLL_MS);
    const unchangedMs = (cpuMs() - before.cpu) / (upstream.queries() - before.polls);
    const atEnd = { cpu: cpuMs(), polls: upstream.queries() };
    upstream.endTasks();
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (let polls = -1; polls !== upstream.queries() && Date.now() < giveUpAt; ) {
      polls = upstream.queries();
      await sleep(2 * POLL_MS);
    }
    return { unchangedMs, endingMs: (cpuMs() - atEnd.cpu) / (upstream.queries() - atEnd.polls) };
  } finally {
    await server.stop();
    await upstream.stop();
  }
}
