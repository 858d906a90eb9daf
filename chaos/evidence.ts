/** The evidence after a run, from the gateway through its public API, the upstream, clients and receivers. */
import type { GatewayClient } from "../scripts/gateway-client.ts";
import { GatewayClient as Client, download } from "../scripts/gateway-client.ts";
import type { FileView, Simulator, Stats, TaskView } from "../simulator/index.ts";
import type { AlertRecord } from "./alert-watch.ts";
import type { SubmissionRecord } from "./clients.ts";
import type { TenantPlan } from "./schedule.ts";
import type { UploadRecord } from "./uploads.ts";
import type { ReceivedWebhook, WebhookSink } from "./webhook-sink.ts";

/** A tenant of the run, and what it takes to speak for it. */
export interface TenantAccess {
  readonly plan: TenantPlan;
  readonly tenantId: string;
  readonly key: string;
  /** Where its webhooks arrive. */
  readonly inbox: string;
  /** Null: its webhooks are not signed. */
  readonly webhookSecret: string | null;
}

/** A task as the gateway returns it (contract section 3). */
export interface GatewayTask {
  readonly taskId: number;
  readonly taskName: string;
  readonly taskStatus: number;
  readonly progress: number;
  readonly failReason: string;
  readonly estimatedCredits: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly results: readonly {
    readonly fileUrl: string | null;
    readonly thumbnailUrl: string | null;
    readonly mirrored: boolean;
  }[];
}

/** A ledger entry as the operator's API returns it. */
export interface LedgerEntry {
  readonly kind: string;
  readonly credits: number;
  readonly taskId: number | null;
  readonly note: string | null;
}

/** A file behind a stable URL, as a stranger gets it. */
export interface FetchedFile {
  readonly taskId: number;
  /** Name of the upstream's file that it must be: `0.png`, `t0.png`, `0.mp4`. */
  readonly name: string;
  readonly url: string;
  readonly status: number;
  readonly sha256: string;
  /** When the gateway stored it, in ms since epoch, to the second; null if unknown. */
  readonly storedAt: number | null;
}

/** Everything the gateway returns about one tenant after a run. */
export interface TenantEvidence extends TenantAccess {
  readonly balance: number;
  readonly runningTasks: number;
  readonly tasks: readonly GatewayTask[];
  readonly ledger: readonly LedgerEntry[];
  readonly files: readonly FetchedFile[];
}

/** A task upstream, with the files it has. */
export interface UpstreamTask extends TaskView {
  readonly files: readonly FileView[];
}

/** Everything that gateway, upstream, clients and receiver know after a run. */
export interface Evidence {
  readonly submissions: readonly SubmissionRecord[];
  readonly tenants: readonly TenantEvidence[];
  readonly upstream: readonly UpstreamTask[];
  readonly stats: Stats;
  readonly webhooks: readonly ReceivedWebhook[];
  readonly webhooksRefused: number;
  /** Every response that a client got, headers too. */
  readonly overheard: readonly string[];
  /** Everything that the gateway logged. */
  readonly log: string;
  readonly durationMs: number;
  /** When one of the reseller's accounts was in trouble, in ms since epoch. */
  readonly accountTroubles: readonly { readonly from: number; readonly to: number }[];
  readonly kills: number;
  /** When the gateway was ready after each start, in ms since epoch, the first one too. */
  readonly starts: readonly number[];
  readonly uploads: UploadRecord;
  readonly downMs: number;
  /** Log events of level `error`. */
  readonly errorEvents: Readonly<Record<string, number>>;
  /** Alarms that a later call found seconds late. */
  readonly lostAlarms: number;
  readonly alerts: AlertRecord;
  /** Texts that must stand in no response and no log line. */
  readonly secrets: readonly string[];
}

/** Whether a task has ended (contract section 3: completed, failed, cancelled). */
export function hasEnded({ taskStatus }: Pick<GatewayTask, "taskStatus">): boolean {
  return [2, 3, 5].includes(taskStatus);
}

/** Returns the task id in a webhook's body. */
export function taskIdOf(webhook: ReceivedWebhook): number {
  const { data } = JSON.parse(webhook.body) as { data: { taskId?: number } };
  return data.taskId ?? 0;
}

/** True if this tenant has no work left: tasks ended, files copied, webhooks delivered. */
export async function isAtRest(client: GatewayClient, tenant: TenantAccess, sink: WebhookSink): Promise<boolean> {
  const tasks = await listTasks(client);
  const filesAreSafe = tasks.every(({ results }) => results.every(({ fileUrl, mirrored }) => !fileUrl || mirrored));
  const told = new Set(sink.received.filter(({ inbox }) => inbox === tenant.inbox).map(taskIdOf));
  const isTold = tenant.plan.webhooks === "none" || tasks.every(({ taskId }) => told.has(taskId));
  return tasks.every(hasEnded) && filesAreSafe && isTold;
}

async function listTasks(client: GatewayClient): Promise<GatewayTask[]> {
  const tasks: GatewayTask[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { tasks: GatewayTask[]; nextCursor: string | null } = await client.call(
      "GET",
      `/api/v1/tasks?limit=100${query}`,
    );
    tasks.push(...page.tasks);
    cursor = page.nextCursor;
  }
  return tasks;
}

async function listLedger(operator: GatewayClient, tenantId: string): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { entries: LedgerEntry[]; nextCursor: string | null } = await operator.call(
      "GET",
      `/admin/v1/tenants/${tenantId}/ledger?limit=100${query}`,
    );
    entries.push(...page.entries);
    cursor = page.nextCursor;
  }
  return entries;
}

/** Where the evidence of a run is collected from. */
export interface Witnesses {
  readonly gatewayUrl: string;
  readonly operator: GatewayClient;
  readonly tenants: readonly TenantAccess[];
  readonly simulator: Simulator;
}

/** Asks the gateway and the upstream for everything they know, and downloads every file. */
export async function gatherEvidence(witnesses: Witnesses): Promise<Pick<Evidence, "tenants" | "upstream" | "stats">> {
  const { gatewayUrl, operator, tenants, simulator } = witnesses;
  const gathered: TenantEvidence[] = [];
  for (const tenant of tenants) {
    const view = await operator.call<{ balance: number; runningTasks: number }>(
      "GET",
      `/admin/v1/tenants/${tenant.tenantId}`,
    );
    const tasks = await listTasks(new Client(gatewayUrl, tenant.key));
    const ledger = await listLedger(operator, tenant.tenantId);
    const files: FetchedFile[] = [];
    for (const task of tasks) files.push(...(await fetchFiles(task)));
    gathered.push({ ...tenant, balance: view.balance, runningTasks: view.runningTasks, tasks, ledger, files });
  }
  const upstream: UpstreamTask[] = [];
  for (const task of simulator.tasks()) upstream.push({ ...task, files: await simulator.files(task.taskId) });
  return { tenants: gathered, upstream, stats: simulator.stats() };
}

async function fetchFiles(task: GatewayTask): Promise<FetchedFile[]> {
  const urls = task.results.flatMap(({ fileUrl, thumbnailUrl }) => [fileUrl, thumbnailUrl]);
  const wanted = urls.filter((url) => url !== null);
  return Promise.all(
    wanted.map(async (url) => {
      const { status, sha256, modifiedAt: storedAt } = await download(url);
      return {
        taskId: task.taskId,
        name: new URL(url).pathname.split("/").at(-1) ?? "",
        url,
        status,
        sha256,
        storedAt,
      };
    }),
  );
}
