/** Everything that the goals are about, measured with all contenders alive at once. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import type { Bundle } from "../bundle.ts";
import { type Contender, NO_POLLS, startBare, startGateway, startLeast } from "../contenders.ts";
import type { Shot } from "../load.ts";
import { PINNING, pinned } from "../server-process.ts";
import { BODY, createTenants, generateShots, queryShots } from "../tenants.ts";
import { type Cold, measureCold } from "./cold.ts";
import { Generator } from "./generator.ts";
import { measurePolls, type PollCost } from "./polls.ts";
import { type Entrant, type Rotation, rotate } from "./rotation.ts";
import { countWrites, type Writes } from "./writes.ts";

/** What was measured. Contenders: `bare`, `least`, `gateway`, and `control`, a second process of the gateway. */
export interface Reach {
  /** Submissions at saturation, those of one tenant under `… hot`. */
  readonly submissions: Rotation;
  readonly queries: Rotation;
  /** Open loop: 100 submissions a second, 500 queries a second. */
  readonly quiet: { readonly submissions: Rotation; readonly queries: Rotation };
  /** The same while another process keeps the servers' core busy. */
  readonly busy: { readonly submissions: Rotation; readonly queries: Rotation };
  readonly writes: Writes | null;
  readonly polls: PollCost;
  readonly cold: Cold;
}

const TENANTS = 16;
const TASKS_PER_TENANT = 4;
const CONNECTIONS = 16;
const SUBMISSIONS_PER_SECOND = 100;
const QUERIES_PER_SECOND = 500;

/** @param rounds of slices @param say tells what is measured now */
export async function measureReach(
  bundle: Bundle,
  upstreamUrl: string,
  folder: string,
  rounds: number,
  say: (what: string) => void,
): Promise<Reach> {
  const gateway = (name: string) => startGateway(bundle, upstreamUrl, join(folder, name), { settings: NO_POLLS });
  const bare = await startBare(bundle, upstreamUrl, join(folder, "reach-bare"));
  const least = await startLeast(bundle, upstreamUrl, join(folder, "reach-least"));
  const gateways = [await gateway("reach-gateway"), await gateway("reach-control")] as const;
  const generators: Generator[] = [];
  const entrant = (name: string, { server, url }: Contender, shots: readonly Shot[]): Entrant => {
    const generator = new Generator(url, shots, shots[0]?.method === "POST");
    generators.push(generator);
    return { name, server, generator };
  };
  try {
    const sides = await Promise.all(gateways.map(sideOf));
    const [own, other] = sides;
    if (!own || !other) throw new Error("no gateway");
    const four = (shotsOf: (side: Side) => readonly Shot[]) => [
      entrant("bare", bare, shotsOf(own)),
      entrant("least", least, shotsOf(own)),
      entrant("gateway", gateways[0], shotsOf(own)),
      entrant("control", gateways[1], shotsOf(other)),
    ];
    const submitters = four(({ keys }) => generateShots(keys));
    const readers = four(({ tasks }) => queryShots(tasks));
    const hotShots = generateShots(own.keys.slice(0, 1));
    const hot = [entrant("gateway hot", gateways[0], hotShots), entrant("least hot", least, hotShots)];
    const openLoops = async () => ({
      submissions: await rotate(submitters, rounds, (load, ms) => load.openLoop(SUBMISSIONS_PER_SECOND, ms)),
      queries: await rotate(readers, rounds, (load, ms) => load.openLoop(QUERIES_PER_SECOND, ms)),
    });
    say("submissions at saturation");
    const submissions = await rotate([...submitters, ...hot], rounds, (load, ms) => load.closedLoop(CONNECTIONS, ms));
    say("queries at saturation");
    const queries = await rotate(readers, rounds, (load, ms) => load.closedLoop(CONNECTIONS, ms));
    say("open loops");
    const quiet = await openLoops();
    say("open loops beside another load");
    const spinner = startSpinner();
    const busy = await openLoops().finally(() => spinner.kill());
    say("writes");
    const [writer] = hot;
    const writes = writer === undefined ? null : await countWrites(writer.server, writer.generator);
    for (const { server } of [bare, least, ...gateways]) await server.stop();
    say("polls");
    const polls = await measurePolls(bundle, folder);
    say("first submissions");
    const cold = await measureCold(bundle, upstreamUrl, folder, { stored: 100_000, rounds: 6 });
    return { submissions, queries, quiet, busy, writes, polls, cold };
  } finally {
    for (const generator of generators) generator.close();
    for (const { server } of [bare, least, ...gateways]) await server.stop();
  }
}

/** Tenants of a gateway, and some of their tasks. */
interface Side {
  readonly keys: readonly string[];
  readonly tasks: readonly { readonly key: string; readonly taskId: number }[];
}

async function sideOf({ url }: Contender): Promise<Side> {
  const keys = (await createTenants(url, TENANTS)).map(({ key }) => key);
  const tasks: { key: string; taskId: number }[] = [];
  for (const key of keys) {
    const client = new GatewayClient(url, key);
    for (let count = 0; count < TASKS_PER_TENANT; count += 1) {
      tasks.push({ key, taskId: (await client.submit(BODY)).taskId });
    }
  }
  return { keys, tasks };
}

/** Takes half of the servers' core. */
function startSpinner(): ChildProcess {
  const [command, args] = pinned(PINNING.server, process.execPath, ["-e", "for (;;);"]);
  return spawn(command, args, { stdio: "ignore" });
}
