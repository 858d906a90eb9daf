/** The Directory's calls of tenants' objects. Each waits for a limited time, because an object may not be reachable. */
import { tenantPrefixes } from "../domain/file-link.ts";
import type { SharedPrices, TenantReport } from "../domain/tenant-report.ts";
import { within } from "../lib/time-limit.ts";
import type { TenantIntent } from "./intents.ts";

/** Longest wait for one tenant's object. */
const TENANT_CALL_MS = 10_000;

/** Calls by tenant id. None throws. */
export class TenantObjects {
  readonly #tenants: () => Bindings["TENANTS"];
  readonly #courier: LoopbackExports["Courier"];

  constructor(tenants: () => Bindings["TENANTS"], courier: LoopbackExports["Courier"]) {
    this.#tenants = tenants;
    this.#courier = courier;
  }

  /** @returns the report of a tenant's object, null if there is no such tenant, undefined if it does not respond in time */
  report(tenantId: string): Promise<TenantReport | null | undefined> {
    const report = this.#tenants().getByName(tenantId).currentReport();
    return within<TenantReport | null | undefined, undefined>(
      report.catch(() => undefined),
      TENANT_CALL_MS,
      undefined,
    );
  }

  /** Sends a price list. @returns whether the object has it */
  adoptPrices(tenantId: string, shared: SharedPrices): Promise<boolean> {
    return succeeds(this.#tenants().getByName(tenantId).adoptPrices(shared));
  }

  /** Carries out a decision of the operator. @param at time of the decision, ms since epoch. @returns whether it is done */
  carryOut(tenantId: string, intent: TenantIntent, at: number): Promise<boolean> {
    const tenant = this.#tenants().getByName(tenantId);
    return succeeds(intent === "delete" ? tenant.delete() : tenant.patch({ status: intent }, undefined, at));
  }

  /** Deletes the tenant's files in R2. @returns whether all are gone */
  removeFiles(tenantId: string): Promise<boolean> {
    return succeeds(this.#removeFiles(tenantId));
  }

  async #removeFiles(tenantId: string): Promise<void> {
    for (const prefix of tenantPrefixes(tenantId)) await this.#courier.removeFiles(prefix);
  }
}

/** @returns whether a call succeeded in time */
function succeeds(call: Promise<unknown>): Promise<boolean> {
  const ended = call.then(
    () => true,
    () => false,
  );
  return within(ended, TENANT_CALL_MS, false);
}
