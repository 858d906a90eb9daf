/** Talks to the gateway under test as a client would; every tenant made here has a name of its own. */
import { exports } from "cloudflare:workers";
import { inject } from "vitest";
import { checkConfidential } from "./confidential.ts";
import { until } from "./until.ts";

export const BASE = "https://gateway.test";
export const OPERATOR = { authorization: `Bearer ${inject("gatewaySettings").ADMIN_TOKEN}` };

/** An answer, with its body read as the envelope. `data` is `unknown` to be looked at by the test. */
export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly code: number;
  readonly msg: string;
  readonly data: T;
}

/** One request through the whole Worker. A body that is not text is sent as JSON. */
export async function call<T = Record<string, unknown>>(
  method: string,
  path: string,
  init: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer<T>> {
  const body = init.body === undefined || typeof init.body === "string" ? init.body : JSON.stringify(init.body);
  const response = await exports.default.fetch(
    new Request(path.startsWith("http") ? path : BASE + path, {
      method,
      headers: init.headers ?? {},
      body: body ?? null,
    }),
  );
  const text = await response.text();
  checkConfidential(`${JSON.stringify([...response.headers])} ${text}`, `${method} ${path}`);
  const envelope = parse(text);
  return {
    status: response.status,
    headers: response.headers,
    text,
    code: Number(envelope.code),
    msg: String(envelope.msg),
    data: envelope.data as T,
  };
}

/** A file's bytes, over the whole Worker. */
export async function getBytes(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; bytes: Uint8Array<ArrayBuffer> }> {
  const response = await exports.default.fetch(new Request(url.startsWith("http") ? url : BASE + url, { headers }));
  return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export interface TestTenant {
  readonly tenantId: string;
  readonly keyId: string;
  readonly key: string;
  /** Ready-made headers with the key. */
  readonly auth: { authorization: string };
}

/** Makes a tenant and a key through the operator API; generous limits unless told otherwise. */
export async function createTenant(settings: object = {}, keySettings: object = {}): Promise<TestTenant> {
  const tenant = await call<{ tenantId: string }>("POST", "/admin/v1/tenants", {
    headers: OPERATOR,
    body: { name: `tenant ${crypto.randomUUID()}`, requestsPerMinute: 100_000, concurrentTasks: 1_000, ...settings },
  });
  if (tenant.code !== 0) throw new Error(`createTenant: ${tenant.text}`);
  const { tenantId } = tenant.data;
  const key = await call<{ keyId: string; key: string }>("POST", `/admin/v1/tenants/${tenantId}/keys`, {
    headers: OPERATOR,
    body: { name: "test key", ...keySettings },
  });
  if (key.code !== 0) throw new Error(`createTenant: ${key.text}`);
  return { tenantId, ...key.data, auth: { authorization: `Bearer ${key.data.key}` } };
}

export const IMAGE = {
  model: "Imagen Nano Banana 2",
  taskName: "Image Generation Test",
  type: "txt",
  prompt: "a cute orange cat sitting on a windowsill, warm sunlight, studio ghibli style",
  aspectRatio: "9:16",
  imageCount: 1,
  size: "4k",
};

export interface TaskData {
  taskId: number;
  taskStatus: number;
  progress: number;
  failReason: string;
  estimatedCredits: number;
  createdAt: string;
  endedAt: string | null;
  results: { fileUrl: string | null; thumbnailUrl: string | null; mirrored: boolean }[];
}

/** Asks about a task until it has ended. */
export async function untilEnded(tenant: TestTenant, taskId: number, timeoutMs = 40_000): Promise<TaskData> {
  const ended = async () => {
    const { data } = await call<TaskData>("GET", `/api/v1/query/${taskId}`, { headers: tenant.auth });
    return [2, 3, 5].includes(data.taskStatus) ? data : null;
  };
  return until(`task ${taskId} to end`, ended, timeoutMs);
}
