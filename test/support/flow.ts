/** One task's whole story over HTTP: submitted, ended, its money and its upstream charge looked at. */
import { expect } from "vitest";
import { encodeHex, sha256 } from "../../src/lib/bytes.ts";
import {
  type Answer,
  call,
  createTenant,
  getBytes,
  IMAGE,
  type TaskData,
  type TestTenant,
  untilEnded,
} from "./gateway.ts";
import { expectBooksInOrder, moneyOf } from "./tenant-object.ts";
import { type UpstreamTask, uniqueTag, upstreamFiles, upstreamTasks } from "./upstream.ts";

export interface Submitted {
  readonly taskId: number;
  readonly taskNo: string;
  readonly estimatedCredits: number;
  readonly resultUrls: string[];
}

export function submit(
  tenant: TestTenant,
  body: object | string = IMAGE,
  headers: Record<string, string> = {},
): Promise<Answer<Submitted>> {
  return call<Submitted>("POST", "/api/v1/task/generate", { headers: { ...tenant.auth, ...headers }, body });
}

/** A request whose prompt no other test uses; `plan` is the inside of a simulator directive. */
export function plannedRequest(plan: string, base: object = IMAGE): { tag: string; body: object } {
  const tag = uniqueTag("flow");
  return { tag, body: { ...base, prompt: plan === "" ? tag : `${tag} [[sim: ${plan}]]` } };
}

export interface Story {
  readonly tenant: TestTenant;
  readonly tag: string;
  readonly submitted: Submitted;
  readonly ended: TaskData;
  readonly upstream: UpstreamTask;
  readonly answeredAfterMs: number;
}

/**
 * Submits one request for a new tenant and follows it to its end. Whatever happens on the way, the answer was 200, the
 * upstream has charged once, and the books are in order.
 */
export async function tell(plan: string, base: object = IMAGE, timeoutMs = 40_000): Promise<Story> {
  const tenant = await createTenant();
  const { tag, body } = plannedRequest(plan, base);
  const startedAt = Date.now();
  const { status, code, text, data } = await submit(tenant, body);
  const answeredAfterMs = Date.now() - startedAt;
  expect({ status, code }, text).toEqual({ status: 200, code: 0 });
  const ended = await untilEnded(tenant, data.taskId, timeoutMs);
  const upstream = await upstreamTasks(tag);
  expect(upstream).toHaveLength(1);
  await expectBooksInOrder(tenant.tenantId);
  return { tenant, tag, submitted: data, ended, upstream: upstream[0] as UpstreamTask, answeredAfterMs };
}

/** One file as a client gets it. */
export async function download(
  url: string,
): Promise<{ status: number; sha256: string; headers: Headers; bytes: number }> {
  const { status, headers, bytes } = await getBytes(url);
  return { status, headers, bytes: bytes.byteLength, sha256: encodeHex(await sha256(bytes)) };
}

/** The task completed, its files can be had, and it cost what the upstream charged. */
export async function expectCompleted({ tenant, submitted, ended, upstream }: Story): Promise<void> {
  expect(ended).toMatchObject({ taskStatus: 2, progress: 100, failReason: "", taskId: submitted.taskId });
  expect(ended.results.map(({ fileUrl }) => fileUrl)).toEqual(submitted.resultUrls);
  const files = await upstreamFiles(upstream.taskId);
  for (const [index, url] of submitted.resultUrls.entries()) {
    expect(await download(url)).toMatchObject({
      status: 200,
      sha256: files.find((file) => file.index === index)?.sha256,
    });
  }
  expect(ended.estimatedCredits).toBe(upstream.credits);
  const { kinds, cost } = await moneyOf(tenant.tenantId, submitted.taskId);
  expect(cost).toBe(upstream.credits);
  expect(kinds.at(-1)).toBe("capture");
}

/** The task ended without files, says why, cost nothing, and its URLs are gone. */
export async function expectFailed({ tenant, submitted, ended }: Story, status = 3): Promise<void> {
  expect(ended.taskStatus).toBe(status);
  expect(ended.failReason).not.toBe("");
  const { kinds, cost } = await moneyOf(tenant.tenantId, submitted.taskId);
  expect(cost).toBe(0);
  expect(kinds.at(-1)).toBe("release");
  for (const url of submitted.resultUrls) expect((await call("GET", url)).status).toBe(410);
}
