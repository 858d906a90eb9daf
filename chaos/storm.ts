/** Plays a schedule: gateway, upstream, webhook receiver and clients, until everything has come to rest. */
import { setTimeout as sleep } from "node:timers/promises";
import { createKey, GatewayClient, RefusedError } from "../scripts/gateway-client.ts";
import { type Simulator, startSimulator } from "../simulator/index.ts";
import { AlertWatch } from "./alert-watch.ts";
import { type ClientWorld, playSubmission, type SubmissionRecord } from "./clients.ts";
import { type Evidence, gatherEvidence, isAtRest, type TenantAccess } from "./evidence.ts";
import { GatewayLife } from "./gateway-life.ts";
import { SeededRandom } from "./random.ts";
import { ACCOUNTS, PROVOKING, QUIET, type Schedule, type Step, type TenantPlan } from "./schedule.ts";
import { Uploads } from "./uploads.ts";
import { WebhookSink } from "./webhook-sink.ts";

const ADMIN_TOKEN = "chaos-operator-token-0f6b000000000";
const SIGNING_SECRET = "chaos-signing-secret-92d4000000000";
/** Limit after the storm for all endings, copies and deliveries, in ms. */
const REST_LIMIT_MS = 240_000;

/** Alerts that end with the next submission under the key, which does not come at rest. */
const NEED_TRAFFIC: ReadonlySet<string> = new Set(["PaddockMasterKeyRefused", "PaddockNoMasterKey"]);

/** Polling and waits in a hurry; everything else as deployed. */
const SETTINGS = {
  SEEDHORSE_API_KEYS: ACCOUNTS.flatMap(({ keys }) => keys).join(","),
  SIGNING_SECRETS: SIGNING_SECRET,
  ADMIN_TOKEN,
  POLL_MIN_MS: "250",
  POLL_MAX_MS: "500",
  SUBMIT_TIMEOUT_MS: "1500",
  MIRROR_GRACE_SECONDS: "3",
  ALLOW_PRIVATE_URLS: "true",
  WEBHOOK_RETRY_SECONDS: Array.from({ length: 50 }, (_, attempt) => (attempt < 8 ? "0.3" : "1")).join(","),
} as const;

/** Where a run keeps its state and reports its progress. */
export interface StormOptions {
  /** Holds the gateway's state and log, and nothing of another run. */
  readonly folder: string;
  /** Folder of the bundled Worker (scripts/build-worker.ts). */
  readonly bundle: string;
  /** Called with one line per event. */
  readonly say?: (line: string) => void;
}

/** Returns the records of gateway, upstream and clients after the storm, for `checkPromises`. */
export async function runStorm(schedule: Schedule, options: StormOptions): Promise<Evidence> {
  const random = new SeededRandom(schedule.seed ^ 0x5eed);
  const accounts = ACCOUNTS.map((account) => ({ ...account, keys: [...account.keys] }));
  const simulator = await startSimulator({ accounts, speed: 4, seed: random.integer(1, 2 ** 31), keepRequests: 100 });
  const sink = await WebhookSink.start(random.fork());
  let life: GatewayLife | null = null;
  try {
    const settings = { ...SETTINGS, SEEDHORSE_BASE_URL: simulator.url };
    life = await GatewayLife.start({ stateFolder: options.folder, bundle: options.bundle, settings });
    return await new Storm(schedule, life, simulator, sink, options).play();
  } finally {
    await life?.stop();
    await Promise.all([simulator.close(), sink.close()]);
  }
}

class Storm {
  readonly #schedule: Schedule;
  readonly #life: GatewayLife;
  readonly #simulator: Simulator;
  readonly #sink: WebhookSink;
  readonly #say: (line: string) => void;
  readonly #operator: GatewayClient;
  readonly #overheard: string[] = [];
  readonly #accountTroubles: { readonly from: number; readonly to: number }[] = [];
  readonly #submissions: Promise<SubmissionRecord>[] = [];
  #over = false;

  constructor(schedule: Schedule, life: GatewayLife, simulator: Simulator, sink: WebhookSink, options: StormOptions) {
    this.#schedule = schedule;
    this.#life = life;
    this.#simulator = simulator;
    this.#sink = sink;
    this.#say = options.say ?? (() => {});
    this.#operator = new GatewayClient(life.url, ADMIN_TOKEN);
  }

  async play(): Promise<Evidence> {
    const tenants: TenantAccess[] = [];
    for (const [index, plan] of this.#schedule.tenants.entries()) tenants.push(await this.#makeTenant(plan, index));
    const startedAt = Date.now();
    const alerts = new AlertWatch(() => this.#life.url, ADMIN_TOKEN);
    const uploads = new Uploads(
      () => this.#life.url,
      () => this.#over,
    );
    const keyOf = (index: number) => tenants[index]?.key ?? "";
    await uploads.start(new GatewayClient(this.#life.url, keyOf(PROVOKING)), keyOf(QUIET));
    const troubles: Promise<void>[] = [];
    for (const step of this.#schedule.steps) {
      await sleep(Math.max(0, startedAt + step.atMs - Date.now()));
      if (step.do === "submit") this.#submit(step, tenants);
      else troubles.push(this.#trouble(step));
    }
    await sleep(Math.max(0, startedAt + this.#schedule.durationMs - Date.now()));
    await Promise.all(troubles);
    // One more in the end, so that nothing rests on what only memory knows.
    await this.#life.kill();
    await this.#calm(tenants);
    await uploads.stop();
    const submissions = await Promise.all(this.#submissions);
    this.#say(`the storm is over after ${submissions.length} submissions and ${this.#life.kills} kills`);
    await this.#untilAtRest(tenants);
    const stormMs = Date.now() - startedAt;
    const alertRecord = await alerts.end(NEED_TRAFFIC);
    const witnesses = { gatewayUrl: this.#life.url, operator: this.#operator, tenants, simulator: this.#simulator };
    const gathered = await gatherEvidence(witnesses);
    return {
      ...gathered,
      submissions,
      webhooks: this.#sink.received,
      webhooksRefused: this.#sink.refused,
      overheard: this.#overheard,
      log: this.#life.log,
      durationMs: stormMs,
      accountTroubles: this.#accountTroubles,
      kills: this.#life.kills,
      starts: this.#life.starts,
      uploads: uploads.record,
      downMs: this.#life.downMs,
      errorEvents: Object.fromEntries(this.#life.errors),
      lostAlarms: this.#life.lostAlarms,
      alerts: alertRecord,
      secrets: [ADMIN_TOKEN, SIGNING_SECRET, ...ACCOUNTS.flatMap(({ keys }) => keys), ...tenants.map(({ key }) => key)],
    };
  }

  async #makeTenant(plan: TenantPlan, index: number): Promise<TenantAccess> {
    const settings = { requestsPerMinute: 600_000, concurrentTasks: 5_000, ...plan.settings, name: plan.name };
    const { tenantId } = await this.#operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", settings);
    const key = await createKey(this.#operator, tenantId);
    if (plan.credits > 0) {
      const headers = { "x-idempotency-key": `opening-${plan.name}` };
      await this.#operator.call("POST", `/admin/v1/tenants/${tenantId}/credits`, { credits: plan.credits }, headers);
    }
    const access: TenantAccess = { plan, tenantId, key, inbox: `tenant-${index}`, webhookSecret: null };
    if (plan.webhooks !== "endpoint") return access;
    const client = new GatewayClient(this.#life.url, key);
    const url = this.#sink.url(access.inbox);
    const { secret } = await client.call<{ secret: string }>("PUT", "/api/v1/webhook", { url });
    return { ...access, webhookSecret: secret };
  }

  #submit({ submission }: Step & { do: "submit" }, tenants: readonly TenantAccess[]): void {
    const tenant = tenants[submission.tenant];
    if (!tenant) throw new RangeError(`there is no tenant ${submission.tenant}`);
    const hangs = submission.receiverHangs === true;
    const isOwn = hangs || tenant.plan.webhooks === "task";
    const webhook = isOwn ? { webhookUrl: this.#sink.url(tenant.inbox, hangs) } : {};
    const world: ClientWorld = {
      gatewayUrl: () => this.#life.url,
      key: tenant.key,
      overhear: (text) => this.#overheard.push(text),
      isOver: () => this.#over,
    };
    this.#submissions.push(playSubmission({ ...submission, body: { ...submission.body, ...webhook } }, world));
  }

  async #trouble(step: Exclude<Step, { do: "submit" }>): Promise<void> {
    if (step.do === "kill") {
      this.#say(`${(step.atMs / 1_000).toFixed(1)} s: SIGKILL`);
      await this.#life.kill();
      return;
    }
    this.#say(`${(step.atMs / 1_000).toFixed(1)} s: ${JSON.stringify(step.do === "fault" ? step.rule : step)}`);
    if (step.do === "fault") {
      const rule = this.#simulator.fault(step.rule);
      await sleep(step.forMs);
      this.#simulator.clearFaults(rule.id);
      return;
    }
    const from = Date.now();
    const account = ACCOUNTS.find(({ name }) => name === step.name);
    const keys = [...(account?.keys ?? [])];
    const { credits } = this.#simulator.account({ name: step.name });
    this.#simulator.account({ name: step.name, ...(step.trouble === "refused" ? { keys: [] } : { credits: 0 }) });
    await sleep(step.forMs);
    this.#simulator.account({ name: step.name, ...(step.trouble === "refused" ? { keys } : { credits }) });
    this.#accountTroubles.push({ from, to: Date.now() });
  }

  /** Faults end, limits go; from here on everything must come to rest by itself. */
  async #calm(tenants: readonly TenantAccess[]): Promise<void> {
    this.#simulator.clearFaults();
    this.#sink.misbehaving = false;
    for (const { tenantId } of tenants) {
      const free = { requestsPerMinute: 600_000, concurrentTasks: 5_000 };
      await this.#operator.call("PATCH", `/admin/v1/tenants/${tenantId}`, free);
    }
    this.#over = true;
  }

  async #untilAtRest(tenants: readonly TenantAccess[]): Promise<void> {
    const giveUpAt = Date.now() + REST_LIMIT_MS;
    const client = (tenant: TenantAccess) => new GatewayClient(this.#life.url, tenant.key);
    for (const tenant of tenants) {
      // Work that is not at rest by then is reported as a broken promise.
      while (Date.now() < giveUpAt) {
        const atRest = await isAtRest(client(tenant), tenant, this.#sink).catch((error: unknown) => {
          if (error instanceof RefusedError) throw error;
          return false;
        });
        if (atRest) break;
        await sleep(500);
      }
    }
  }
}
