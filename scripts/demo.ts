/**
 * `npm run demo`: every documented kind of generation through the gateway with a tenant's own key, and a proof that each
 * stable link gives byte for byte what the upstream made. Needs no account and no network.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type GenerateRequest, Paddock, TASK_STATUS, type Task } from "../packages/client/src/index.ts";
import { parsePlan, type Simulator, startSimulator } from "../simulator/index.ts";
import { DOCUMENTED_REQUESTS, type DocumentedRequest } from "./documented-requests.ts";
import { createTenant, download, GatewayClient } from "./gateway-client.ts";
import { type Gateway, GatewayStartError, startGateway } from "./gateway-process.ts";
import { interruption } from "./interruption.ts";
import { ProgressDisplay } from "./progress.ts";
import { formatBytes, formatTable } from "./table.ts";

const USAGE = `npm run demo [-- OPTIONS]
  --simulator-plan "DIRECTIVES"  have the simulated upstream misbehave, e.g. "file=corrupt" or "fail"`;

/** A short grace: in a demo a file that cannot be copied should be noticed soon. */
const MIRROR_GRACE_SECONDS = 10;
const TASK_LIMIT_MS = 90_000;
const STATUS_NAMES = ["queuing", "generating", "completed", "failed", "safety review", "cancelled"];

/** A failure of the demo, in one line for the person who runs it. */
class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}

/** What all requests of the demo share. */
interface Stage {
  readonly paddock: Paddock;
  readonly simulator: Simulator;
  readonly display: ProgressDisplay;
  readonly interrupted: AbortSignal;
}

/** One row of the final table. */
interface Proof {
  readonly taskId: number;
  readonly request: DocumentedRequest;
  readonly seconds: number;
  readonly bytes: number;
  readonly url: string;
}

const say = (line = "") => console.log(line);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { "simulator-plan": { type: "string" }, help: { type: "boolean" } } });
  if (values.help) return say(USAGE);
  const startedAt = Date.now();
  const folder = await mkdtemp(join(tmpdir(), "paddock-demo-"));
  const masterKey = `sh-${randomBytes(16).toString("hex")}`;
  const simulator = await startSimulator({
    accounts: [{ name: "reseller", keys: [masterKey], credits: 10_000 }],
    plan: parsePlan(values["simulator-plan"] ?? ""),
  });
  let gateway: Gateway | null = null;
  const interrupted = interruption();
  const end = async ({ keepFolder }: { keepFolder: boolean }) => {
    await Promise.all([gateway?.processes.stop(), simulator.close()]);
    if (!keepFolder) await rm(folder, { recursive: true, force: true });
  };
  try {
    say("Paddock: one SeedHorse account, many tenants. This demo needs neither an account nor a network.\n");
    say(`  upstream  ${simulator.url}  a simulated SeedHorse`);
    const adminToken = randomBytes(24).toString("base64url");
    gateway = await startGateway({
      stateFolder: folder,
      signal: interrupted,
      settings: {
        SEEDHORSE_API_KEYS: masterKey,
        SIGNING_SECRETS: randomBytes(32).toString("base64url"),
        ADMIN_TOKEN: adminToken,
        SEEDHORSE_BASE_URL: simulator.url,
        POLL_MIN_MS: "400",
        POLL_MAX_MS: "800",
        MIRROR_GRACE_SECONDS: String(MIRROR_GRACE_SECONDS),
      },
    });
    if (gateway.health.status !== 200) throw new DemoFailure(`the gateway is not healthy: ${gateway.health.body}`);
    say(`  gateway   ${gateway.url}  workerd, with its objects and files in ${folder}`);
    const proofs = await generateAll(gateway, new GatewayClient(gateway.url, adminToken), simulator, interrupted);
    checkCharges(simulator, proofs.length);
    report(proofs, Date.now() - startedAt);
    await end({ keepFolder: false });
  } catch (error) {
    await end({ keepFolder: !interrupted.aborted });
    if (interrupted.aborted) process.exitCode = 130;
    else fail(error, gateway, folder);
  }
}

async function generateAll(
  gateway: Gateway,
  operator: GatewayClient,
  simulator: Simulator,
  interrupted: AbortSignal,
): Promise<Proof[]> {
  const tenant = await createTenant(operator, { name: "Demo tenant" });
  say(`  tenant    ${tenant.tenantId}  with the key ${tenant.key.slice(0, 10)}…\n`);
  const paddock = new Paddock({ baseUrl: gateway.url, credential: tenant.key });
  const display = new ProgressDisplay(DOCUMENTED_REQUESTS.map(({ title }) => title));
  const stage: Stage = { paddock, simulator, display, interrupted };
  const outcomes = await Promise.allSettled(DOCUMENTED_REQUESTS.map((request, index) => prove(stage, request, index)));
  const problems = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [reasonOf(outcome.reason)] : []));
  if (problems.length > 0) {
    const others =
      problems.length > 1
        ? ` (and ${problems.length - 1} of the other ${outcomes.length - 1} requests failed too)`
        : "";
    throw new DemoFailure(`${problems[0]}${others}`);
  }
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

/** Submits one request and follows it to its file, which must be the very one that the upstream made. */
async function prove(
  { paddock, simulator, display, interrupted }: Stage,
  request: DocumentedRequest,
  index: number,
): Promise<Proof> {
  const wrong = (what: string) => new DemoFailure(`${request.title}: ${what}`);
  const startedAt = Date.now();
  const refused = (error: unknown) => {
    throw wrong(reasonOf(error));
  };
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(TASK_LIMIT_MS)]);
  const body = JSON.parse(request.body) as GenerateRequest;
  const { taskId, resultUrls } = await paddock.generate(body, { signal }).catch(refused);
  const onProgress = (task: Task) => display.update(index, task.progress, statusOf(task));
  const task = await paddock.wait(taskId, { onProgress, signal }).catch(refused);
  const seconds = (Date.now() - startedAt) / 1_000;
  if (task.taskStatus !== TASK_STATUS.completed) {
    throw wrong(`task ${taskId} ended ${statusOf(task)}: ${task.failReason}`);
  }
  const [result] = task.results;
  const [url] = resultUrls;
  if (!result || url === undefined || result.fileUrl !== url) {
    throw wrong(`the result's URL ${result?.fileUrl} is not the one promised at submission, ${url}`);
  }
  const file = await download(url, signal).catch((error: unknown) => {
    throw wrong(`${url} broke off (${reasonOf(error)})`);
  });
  if (file.status !== 200) throw wrong(`${url} answered HTTP ${file.status}`);
  const made = await fileMadeFor(simulator, request);
  if (file.sha256 !== made.sha256) {
    throw wrong(`${url} is not what the upstream made: SHA-256 ${file.sha256}, should be ${made.sha256}`);
  }
  if (!result.mirrored) throw wrong(`${url} was not copied within ${MIRROR_GRACE_SECONDS} s`);
  display.update(index, 100, "the same bytes");
  return { taskId, request, seconds, bytes: file.bytes, url };
}

function statusOf({ taskStatus }: Task): string {
  return STATUS_NAMES[taskStatus] ?? `status ${taskStatus}`;
}

async function fileMadeFor(simulator: Simulator, request: DocumentedRequest): Promise<{ readonly sha256: string }> {
  const { model, type, prompt } = JSON.parse(request.body) as Record<string, unknown>;
  const task = simulator.tasks().find((one) => one.model === model && one.type === type && one.prompt === prompt);
  const [file] = task ? await simulator.files(task.taskId) : [];
  if (!file) throw new DemoFailure(`${request.title}: the upstream made no file`);
  return file;
}

function checkCharges(simulator: Simulator, submissions: number): void {
  const charges = simulator.ledger().length;
  if (charges !== submissions) {
    throw new DemoFailure(`the upstream made ${charges} charges for ${submissions} submissions`);
  }
}

function report(proofs: readonly Proof[], elapsedMs: number): void {
  const rows = proofs.map(({ taskId, request, seconds, bytes, url }) => {
    return [String(taskId), request.title, seconds.toFixed(1), formatBytes(bytes), url, "✓"];
  });
  say();
  say(formatTable(["task", "kind", "seconds", "size", "URL", "✓"], rows, ["right", "left", "right", "right"]));
  say(
    `\n${proofs.length} of ${proofs.length} files are byte for byte what the upstream made; each task was charged once.`,
  );
  say(`Done in ${(elapsedMs / 1_000).toFixed(1)} s. Now try: npm run dev`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Prints the error in one line and the end of the gateway's log, and keeps the whole log. */
function fail(error: unknown, gateway: Gateway | null, folder: string): void {
  const tail = error instanceof GatewayStartError ? error.tail : (gateway?.log.tail() ?? "");
  if (tail !== "") console.error(`\nThe end of ${join(folder, "gateway.log")}:\n${tail}`);
  console.error(`\nThe demo failed: ${reasonOf(error)}`);
  process.exitCode = 1;
}

await main().catch((error: unknown) => fail(error, null, ""));
