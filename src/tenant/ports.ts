/** What the tenant's parts need from outside their tables; the object passes it in. */
import type { Config } from "../config.ts";
import type { CourierPort } from "../courier/port.ts";
import type { AuditEntry } from "../domain/audit.ts";
import type { FilePurge } from "../domain/file-cache.ts";
import type { PriceResult, ReportResult, TenantReport } from "../domain/tenant-report.ts";

/** The Directory as Tenant objects see it, over RPC. A submission with a recent price never calls it. */
export interface DirectoryPort {
  report(report: TenantReport): Promise<ReportResult>;
  /**
   * Returns the upstream's last price of this shape to any tenant, and the price list for all tenants if it is newer.
   */
  priceOf(shape: string, sharedVersion: number): Promise<PriceResult>;
  remove(tenantId: string): Promise<void>;
  enterAudit(tenantId: string, entries: readonly AuditEntry[]): Promise<void>;
  /** Returns the origin of the operator's last authenticated call, or null. */
  operatorOrigin(): Promise<string | null>;
  /** Records what the edge cache must drop. Safe to repeat. */
  purgeFiles(purge: FilePurge): Promise<void>;
}

/** The time, passed in so that tests choose it. */
export interface Clock {
  /** ms since epoch. */
  now(): number;
}

/** Randomness, passed in so that tests choose it. */
export interface RandomSource {
  /** 0 (inclusive) to 1 (exclusive). */
  fraction(): number;
  bytes(count: number): Uint8Array;
}

/** The clock of the platform. */
export const REAL_CLOCK: Clock = { now: () => Date.now() };

/** The randomness of the platform. */
export const REAL_RANDOM: RandomSource = {
  fraction: () => Math.random(),
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};

/** Writes one line of the structured log; fields are plain and never secret. */
export type Log = (level: "info" | "warn" | "error", event: string, fields?: Record<string, unknown>) => void;

/** Dependencies that all of the tenant's parts share. */
export interface Dependencies {
  readonly config: Config;
  readonly courier: CourierPort;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
}
