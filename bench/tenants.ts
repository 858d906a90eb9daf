/** Tenants to measure with: no limit that a load could meet, and the request that a load repeats. */
import { DOCUMENTED_REQUESTS } from "../scripts/documented-requests.ts";
import { createTenant, GatewayClient, type NewTenant } from "../scripts/gateway-client.ts";
import { ADMIN_TOKEN } from "./contenders.ts";
import type { Shot } from "./load.ts";

/** Every check runs, the month's credits too, and none rejects a task. */
const UNLIMITED = { requestsPerMinute: 10_000_000, concurrentTasks: 1_000_000, monthlyCredits: 1_000_000_000 } as const;

/** What is submitted: a documented video request with a reference image. */
export const BODY = DOCUMENTED_REQUESTS.find(({ medium }) => medium === "video")?.body ?? "";

/** Creates tenants without a limit that a load could reach, except limits in `settings`. */
export async function createTenants(
  gatewayUrl: string,
  count: number,
  settings: Record<string, unknown> = {},
): Promise<NewTenant[]> {
  const operator = new GatewayClient(gatewayUrl, ADMIN_TOKEN);
  const tenants: NewTenant[] = [];
  for (let index = 0; index < count; index += 1) {
    const wanted = { name: `bench ${index}`, ...UNLIMITED, ...settings };
    tenants.push(await createTenant(operator, wanted));
  }
  return tenants;
}

/** Submissions with these keys in turn. */
export function generateShots(keys: readonly string[], body = BODY): Shot[] {
  return keys.map((key) => ({
    method: "POST",
    path: "/api/v1/task/generate",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body,
  }));
}

/** Queries of tasks, each with its tenant's key. */
export function queryShots(tasks: readonly { readonly key: string; readonly taskId: number }[]): Shot[] {
  return tasks.map(({ key, taskId }) => ({
    method: "GET",
    path: `/api/v1/query/${taskId}`,
    headers: { authorization: `Bearer ${key}` },
  }));
}

/** Mints a client token that no load can bring to a limit. */
export async function tokenOf(client: GatewayClient, endUser: string): Promise<string> {
  const bounds = { requestsPerMinute: 10_000_000, concurrentTasks: 1_000_000, expiresInSeconds: 86_400 };
  return (await client.call<{ token: string }>("POST", "/api/v1/client-tokens", { endUser, ...bounds })).token;
}
