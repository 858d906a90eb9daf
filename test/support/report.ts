/** A tenant's report to the Directory, when a test wants it: by itself it comes once a minute. */
import { runInDurableObject } from "cloudflare:test";
import type { TenantLoader } from "../../src/tenant/loader.ts";
import { tenantStub } from "./tenant-object.ts";

/** Makes a tenant's report due now. */
export function reportNow(tenantId: string): Promise<void> {
  return runInDurableObject(tenantStub(tenantId), async (instance) => {
    const services = await (instance as unknown as { loader: TenantLoader }).loader.openLive();
    services?.jobs.due("report", Date.now());
    await services?.queue.arm();
  });
}
