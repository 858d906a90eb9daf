/**
 * `npm run chaos -- --minutes M --seed S`: the four promises of contract section 7 as figures. A gateway on real workerd, an
 * upstream that misbehaves in every way it knows, clients that hang up and come again, SIGKILL at random moments; then
 * every task must have ended once with the right files and the right money. Exits 1 and prints the breaches otherwise.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildWorker } from "../scripts/build-worker.ts";
import { checkPromises } from "./promises.ts";
import { formatBreaches, formatReport } from "./report.ts";
import { drawSchedule } from "./schedule.ts";
import { runStorm } from "./storm.ts";

const USAGE = `npm run chaos [-- OPTIONS]
  --minutes M      how long the storm lasts (default 2)
  --seed S         what happens and when (default: another one each time); the same seed repeats it
  --rate N         submissions a second (default 4)
  --kill-every N   seconds between kills, on average (default 20)
  --keep           keep the gateway's state and log, and say where`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    rate: { type: "string", default: "4" },
    "kill-every": { type: "string", default: "20" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(USAGE);
  const [minutes, seed, rate, killEvery] = [values.minutes, values.seed, values.rate, values["kill-every"]].map(Number);
  if (!minutes || !Number.isSafeInteger(seed) || seed === undefined || !rate || !killEvery) throw new TypeError(USAGE);
  const durationMs = minutes * 60_000;
  const schedule = drawSchedule({ seed, durationMs, rate, killEveryMs: killEvery * 1_000, hangs: minutes >= 2 });
  const folder = await mkdtemp(join(tmpdir(), "paddock-chaos-"));
  console.log(`chaos: ${minutes} min, seed ${seed}, ${schedule.steps.length} steps`);
  try {
    const bundle = join(folder, "bundle");
    await buildWorker(bundle);
    const evidence = await runStorm(schedule, { folder, bundle, say: (line) => console.log(`  ${line}`) });
    if (values.keep) await writeFile(join(folder, "whole.log"), evidence.log);
    const verdicts = checkPromises(evidence);
    console.log(`\n${formatReport(evidence, verdicts, seed)}\n`);
    const broken = formatBreaches(verdicts);
    if (broken === "") return;
    console.error(broken);
    process.exitCode = 1;
  } finally {
    if (values.keep) console.log(`state and log: ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

await main();
