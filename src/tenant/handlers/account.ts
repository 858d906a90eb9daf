/** A tenant's account: as the operator sees it, and its own account and usage as the tenant sees them. */
import { monthStart } from "../../domain/calendar.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { Scope } from "../permissions.ts";
import type { Access } from "../rules/access.ts";
import type { TenantServices } from "../services.ts";
import { DEFAULT_SETTINGS, type TenantView } from "../settings.ts";
import type { TenantRecord } from "../store/meta.ts";
import type { UsageGroup, UsageRow } from "../store/usage.ts";
import { type TimeRange, withWholeLastDay } from "../store/usage-range.ts";

/** A tenant's account, as the tenant sees it. */
export interface AccountView {
  readonly tenantId: string;
  readonly name: string;
  readonly status: "active" | "suspended";
  readonly billing: "unmetered" | "prepaid";
  readonly balance: number;
  readonly runningTasks: number;
  readonly limits: {
    readonly requestsPerMinute: number;
    readonly concurrentTasks: number;
    readonly monthlyCredits: number | null;
    readonly models: readonly string[] | null;
    readonly retentionDays: number;
    readonly lowBalance: number | null;
  };
  /** Usage of the present calendar month (UTC), by day of submission. */
  readonly usage: { readonly month: string; readonly tasks: number; readonly credits: number };
  /** The caller's key. */
  readonly key: {
    readonly keyId: string;
    readonly name: string;
    readonly scopes: readonly Scope[];
    readonly models: readonly string[] | null;
    readonly requestsPerMinute: number | null;
    readonly monthlyCredits: number | null;
    readonly monthCredits: number;
    readonly concurrentTasks: number | null;
    readonly expiresAt: string | null;
  };
}

/** Returns a tenant with its settings and balance, for the operator (contract section 6). */
export function viewTenant(services: TenantServices, { tenantId, createdAt, settings }: TenantRecord): TenantView {
  const lastActiveAt = services.tasks.lastAt();
  return {
    tenantId,
    ...DEFAULT_SETTINGS, // records of earlier releases do not have them all
    ...settings,
    createdAt: isoTime(createdAt),
    lastActiveAt: isoTime(lastActiveAt),
    balance: services.ledger.balance(),
    runningTasks: services.activeTasks(null),
    webhook: services.endpoint.trouble(),
  };
}

/** Returns the account without the caller's key. */
export function viewTenantAccount(services: TenantServices, tenant: Access["tenant"]): Omit<AccountView, "key"> {
  const { ledger, usage, clock, config } = services;
  const now = clock.now();
  const {
    name,
    status,
    billing,
    requestsPerMinute,
    concurrentTasks,
    monthlyCredits,
    models,
    retentionDays,
    lowBalance,
  } = tenant.settings;
  const { tasks, credits } = usage.total(withWholeLastDay({ from: monthStart(now), to: now }, now));
  return {
    tenantId: tenant.tenantId,
    name,
    status,
    billing,
    balance: ledger.balance(),
    runningTasks: services.activeTasks(null),
    limits: {
      requestsPerMinute,
      concurrentTasks,
      monthlyCredits,
      models,
      retentionDays: retentionDays ?? config.retentionDays,
      lowBalance,
    },
    usage: { month: isoTime(now).slice(0, 7), tasks, credits },
  };
}

/** Returns the response data of `GET /api/v1/account` (contract section 4). */
export function viewAccount(services: TenantServices, { tenant, key }: Access): AccountView {
  const now = services.clock.now();
  return {
    ...viewTenantAccount(services, tenant),
    key: {
      keyId: key.keyId,
      name: key.name,
      scopes: key.scopes,
      models: key.models,
      requestsPerMinute: key.requestsPerMinute,
      monthlyCredits: key.monthlyCredits,
      monthCredits: services.ledger.spentThisMonth(now, key.keyId),
      concurrentTasks: key.concurrentTasks,
      expiresAt: isoTime(key.expiresAt),
    },
  };
}

/** A query of usage; `after` is `next` of the previous page. */
export interface UsageQuery extends TimeRange {
  readonly groupBy: UsageGroup;
  readonly after: string | number | null;
  readonly limit: number;
}

const TOO_MUCH_CUT = apiError(30001, "from, to: cut days with too many tasks; give whole days (UTC)", {
  issues: ["from", "to"].map((path) => ({ path, message: "must be the beginning or end of a day (UTC) here" })),
});

/** One page of usage, with the names of the keys in it. */
export interface UsagePage {
  readonly rows: readonly UsageRow[];
  /** What the next page is asked for with; null at the end. An object of the previous release leaves it out. */
  readonly next?: string | number | null;
  /** Whether there is a next page: for Workers of the previous release, which ask for it after the last row. */
  readonly more: boolean;
  readonly keyNames: Readonly<Record<string, string>>;
}

/** Returns one page of usage, or 30001 for a range that cuts days with too many entries. */
export function usagePage(
  services: TenantServices,
  { from, to, groupBy, after, limit }: UsageQuery,
): UsagePage | ApiError {
  const range = withWholeLastDay({ from, to }, services.clock.now());
  const page = services.usage.page(range, groupBy, after, limit);
  if (page === null) return TOO_MUCH_CUT;
  const { rows, next } = page;
  const names = groupBy === "key" ? rows.map(({ value }) => [value, services.keys.get(String(value))?.name ?? ""]) : [];
  return { rows, next, more: next !== null, keyNames: Object.fromEntries(names) as Record<string, string> };
}
