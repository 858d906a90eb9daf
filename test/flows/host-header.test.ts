/** A tenant's caller chooses the `Host` of its own requests, and nothing of it reaches anybody else. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import type { TenantRecord } from "../../src/tenant/store/meta.ts";
import { BASE, call, createTenant, IMAGE, OPERATOR, type TestTenant } from "../support/gateway.ts";
import { tenantStub } from "../support/tenant-object.ts";
import { bodyOf, openInbox } from "../support/webhook-inbox.ts";

const CHOSEN = "https://chosen-by-a-caller.example";

/** Submits with a chosen Host. @returns the text of the webhook of the task's ending, and of the response */
async function submitAndReceive(tenant: TestTenant): Promise<{ webhook: string; response: string }> {
  const inbox = await openInbox();
  await call("PUT", `${CHOSEN}/api/v1/webhook`, { headers: tenant.auth, body: { url: inbox.url } });
  const response = await call("POST", `${CHOSEN}/api/v1/task/generate`, { headers: tenant.auth, body: IMAGE });
  expect(response.code).toBe(0);
  const [webhook] = await inbox.until(1);
  expect(bodyOf(webhook).type).toBe("task.completed");
  return { webhook: webhook?.body ?? "", response: response.text };
}

it("webhooks and portal links use the origin at which the operator created the tenant", async () => {
  const tenant = await createTenant();
  const { webhook, response } = await submitAndReceive(tenant);
  expect(response).toContain(`${CHOSEN}/files/`);
  expect(webhook).toContain(`${BASE}/files/`);
  expect(webhook).not.toContain("chosen-by-a-caller");
  const path = `/admin/v1/tenants/${tenant.tenantId}/portal-links`;
  const link = await call<{ url: string }>("POST", `https://elsewhere.example${path}`, { headers: OPERATOR });
  expect(link.data.url).toMatch(new RegExp(`^${BASE}/portal\\?code=`));
}, 30_000);

it("a tenant of release 0.1 sends the origin of the operator's last authenticated call", async () => {
  const tenant = await createTenant();
  await runInDurableObject(tenantStub(tenant.tenantId), (_, { storage }) => {
    const { value } = storage.sql.exec<{ value: string }>("SELECT value FROM meta WHERE name = 'tenant'").one();
    const { origin: _origin, ...record } = JSON.parse(value) as TenantRecord;
    storage.sql.exec("UPDATE meta SET value = ? WHERE name = 'tenant'", JSON.stringify(record));
  });
  await evictDurableObject(tenantStub(tenant.tenantId));
  await call("GET", "https://operator.example/admin/v1/overview", { headers: OPERATOR });
  await call("GET", "https://forged.example/admin/v1/overview", { headers: { authorization: "Bearer wrong" } });
  const { webhook } = await submitAndReceive(tenant);
  expect(webhook).toContain("https://operator.example/files/");
  expect(webhook).not.toContain("chosen-by-a-caller");
}, 30_000);
