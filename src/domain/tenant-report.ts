/**
 * Report of each Tenant object to the Directory, at most once a minute: absolute figures, so that a report can be
 * repeated, overtaken or lost without harm (docs/decisions/0009).
 */
import type { CounterSums } from "../lib/counters.ts";
import type { EndpointTrouble } from "./delivery.ts";
import type { DayEarnings } from "./earnings.ts";
import type { TenantNotice } from "./operator-event.ts";
import type { PriceRule } from "./price-list.ts";

/** The price list for all tenants. A greater version is a later list; 0 stands for none ever made. */
export interface SharedPrices {
  readonly version: number;
  readonly rules: readonly PriceRule[];
}

/** The upstream's price of one shape, to any tenant. */
export interface UpstreamPrice {
  /** The upstream's, before any markup. */
  readonly credits: number;
  /** ms since epoch. */
  readonly at: number;
}

/** One day (UTC) of one tenant, or of all. */
export interface DaySums {
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly tasks: number;
  readonly credits: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** A tenant at one moment. */
export interface TenantGauges {
  readonly status: "active" | "suspended";
  readonly billing: "unmetered" | "prepaid";
  readonly balance: number;
  /** Tasks that have not ended. */
  readonly running: number;
  /** Credits deducted from the balance for them. */
  readonly held: number;
  /** Result files still to be copied to R2. */
  readonly copiesWaiting: number;
  readonly deliveriesWaiting: number;
  /** True if the tenant's webhook endpoint returned 410 or was disabled. */
  readonly webhookDisabled: boolean;
  /** True if the last three attempts at the tenant's endpoint failed. Missing in reports by older code, as all below. */
  readonly webhookFailing?: boolean;
  /** Beginning of the operator's note. */
  readonly note?: string | null;
  readonly lowBalance?: number | null;
  /** Bytes of the tenant's database, and the size that it may reach. Missing in reports by older code. */
  readonly storageBytes?: number;
  readonly storageLimitBytes?: number;
  /** Due time of the earliest work that has not begun (may be in the future), or null. ms since epoch; missing from older code. */
  readonly workAt?: number | null;
  /** When the file that has waited longest for its copy finished upstream, or null. ms since epoch; missing from older code. */
  readonly copyAt?: number | null;
  /** Time of the latest task, in ms since epoch; null: none. Missing in reports by older code. */
  readonly lastActiveAt?: number | null;
  /** Tasks that are not submitted yet, and since when the oldest of them is waiting. Missing from older code. */
  readonly submitting?: number;
  readonly submissionAt?: number | null;
  /** Tasks whose files are copied before they end. Missing from older code. */
  readonly mirroring?: number;
  /** Time of the oldest event with a delivery attempt left, or null. Missing from older code. */
  readonly deliveryAt?: number | null;
}

/** An event of this tenant for the operator. */
export interface ReportedNotice {
  /** Greater than that of every earlier notice of this tenant. */
  readonly number: number;
  readonly type: TenantNotice;
  /** ms since epoch. */
  readonly at: number;
  readonly data: Readonly<Record<string, number | string | null>>;
}

/** A master key that the upstream refuses. */
export interface MasterKeyReport {
  /** Id of the master key, never the key. */
  readonly id: string;
  /** The upstream's code: 20001, 20002, 20008 refused; 60001 out of credits. */
  readonly code: number;
  /** ms since epoch; until then it is not tried. */
  readonly until: number;
}

/** `at` is missing in reports by older code. */
type ReportedPrice = { readonly shape: string; readonly credits: number; readonly at?: number };

/** The Directory's response about a price. `at` and `dearest` are missing in responses of older code. */
export type PriceResult = ReportResult & {
  /** The upstream's price of the shape; null if no tenant has one. */
  readonly credits: number | null;
  readonly at?: number;
  /** The highest price of any shape of the same model; null if there is none. */
  readonly dearest?: number | null;
};

/** A tenant's report to the Directory: absolute figures, so it may be repeated or overtaken. */
export interface TenantReport {
  readonly tenantId: string;
  readonly name: string;
  /** ms since epoch. */
  readonly createdAt: number;
  readonly gauges: TenantGauges;
  /** Days whose sums have changed since the last report, in full. */
  readonly days: readonly DaySums[];
  /** Days on which tasks completed since the last report, in full. Missing in reports by older code. */
  readonly earned?: readonly DayEarnings[];
  /** The upstream's prices since the last report, of documented shapes. */
  readonly prices: readonly ReportedPrice[];
  readonly masterKeys: readonly MasterKeyReport[];
  /** When the upstream last accepted a submission with each key, in ms since epoch; missing in reports by older code. */
  readonly masterKeysWorked?: readonly { readonly id: string; readonly at: number }[];
  /** Time of the last problem of each kind logged here, in ms since epoch. */
  readonly problems: readonly { readonly kind: string; readonly at: number }[];
  /** The version of the price list for all that this tenant has. */
  readonly sharedVersion: number;
  /** What this isolate counted since the last report of any of its tenants; unlike all else, each increment counts. */
  readonly counters?: CounterSums;
  /** Notices that the Directory has not confirmed, oldest first. Missing in reports by older code. */
  readonly notices?: readonly ReportedNotice[];
}

/** The Directory's response to a report, and to a query of a price. */
export interface ReportResult {
  /** The price list for all tenants, if it differs from the tenant's version. */
  readonly shared: SharedPrices | null;
}

/** The Directory's record of a tenant, without asking its object. */
export interface ListedTenant {
  /** Position in the list; greater is newer. */
  readonly seq: number;
  readonly tenantId: string;
  readonly name: string;
  /** ms since epoch. */
  readonly createdAt: number;
  /** The operator's last decision for an unreachable object, otherwise the last reported status. */
  readonly status: "active" | "suspended";
  readonly billing: "unmetered" | "prepaid";
  readonly balance: number;
  readonly runningTasks: number;
  readonly externalId: string | null;
  /** Time of the latest task, in ms since epoch; 0: none. */
  readonly lastActiveAt: number;
  /** Below this balance the tenant is low; null: never. A Directory of the previous release leaves this and all below out. */
  readonly lowBalance?: number | null;
  /** Beginning of the operator's note. */
  readonly note?: string | null;
  /** State of the tenant's webhook endpoint: off, or failing; null: neither, or none. */
  readonly webhook?: EndpointTrouble | null;
  /** Result files still to be copied to R2, and webhook events with an attempt left. */
  readonly copiesWaiting?: number;
  readonly deliveriesWaiting?: number;
}

/** Most characters of a note in the list of tenants. */
export const LISTED_NOTE = 200;

/** What a call of the operator may have changed of the Directory's record of a tenant. */
export type ListingChanges = Partial<
  Pick<ListedTenant, "name" | "status" | "billing" | "balance" | "lowBalance" | "note">
>;

/** What the list of tenants can be sorted by. */
export const TENANT_SORTS = ["name", "created", "balance", "lastActive"] as const;

/** Waiting work that the list of tenants can be filtered by. */
export const WAITING_WORK = ["copies", "deliveries"] as const;

/** Place of a tenant in the sorted list. */
export interface ListPosition {
  readonly value: string | number;
  readonly tenantId: string;
}

/** Query of one page of the list of tenants. */
export interface TenantListQuery {
  readonly sort: (typeof TENANT_SORTS)[number];
  readonly descending: boolean;
  /** Part of a name, in any case and script, of an id or of an external id. */
  readonly q: string | null;
  readonly status: ListedTenant["status"] | null;
  readonly billing: ListedTenant["billing"] | null;
  /** True: only tenants below their `lowBalance`. This and all filters below are absent from a Worker of the previous release. */
  readonly lowBalance?: boolean;
  readonly webhook?: "failing" | "off" | null;
  /** Only tenants with such work. */
  readonly waiting?: (typeof WAITING_WORK)[number] | null;
  /** Only tenants without a task for so many days. */
  readonly inactiveDays?: number | null;
  readonly limit: number;
  /** The previous page's last tenant, and when the first page was read (ms since epoch); null for the first page. */
  readonly after: (ListPosition & { readonly since: number }) | null;
}

/** One page of the list of tenants. */
export interface TenantPage {
  readonly tenants: readonly (ListedTenant & { readonly position: ListPosition })[];
  /** Where the next page begins; null at the end. A page may be short and still have a next one. */
  readonly next: ListPosition | null;
  /** Time of the first page. */
  readonly since: number;
}

/** How many tenants each filter of the list finds. */
export interface TenantCounts {
  readonly total: number;
  readonly active: number;
  readonly suspended: number;
  readonly prepaid: number;
  readonly unmetered: number;
  readonly lowBalance: number;
  readonly webhookFailing: number;
  readonly webhookOff: number;
  readonly inactive: number;
}

/** Everything the operator's overview and /metrics show. */
export interface Overview {
  readonly tenants: { readonly total: number; readonly active: number; readonly suspended: number };
  readonly runningTasks: number;
  readonly creditsHeld: number;
  readonly balance: { readonly prepaid: number; readonly unmetered: number };
  readonly copiesWaiting: number;
  readonly deliveriesWaiting: number;
  readonly webhooksDisabled: number;
  /** Missing from older code. */
  readonly webhooksFailing?: number;
  /** Tenants' databases: the largest in bytes, and how many are above 80 % of their limit. Missing from older code. */
  readonly storage?: { readonly largestBytes: number; readonly above80Percent: number };
  /** Of all time, deleted tenants included. */
  readonly totals: Omit<DaySums, "day">;
  /** The last days, oldest first; days without tasks have zeros. */
  readonly days: readonly DaySums[];
  /** The tenants with the highest spending in those days. */
  readonly topTenants: readonly {
    readonly tenantId: string;
    readonly name: string;
    readonly tasks: number;
    readonly credits: number;
  }[];
  readonly masterKeys: readonly MasterKeyReport[];
  readonly problems: readonly { readonly kind: string; readonly at: number }[];
  /** The upstream's price of the tasks that completed in the last days, in its credits. Missing from older code, as all below. */
  readonly cost?: number;
  /** Percentiles of the time from submission to completion in the last days; null if no task completed. */
  readonly secondsToFinish?: { readonly p50: number | null; readonly p95: number | null };
  /** The most frequent reasons of failed tasks in the last days. */
  readonly failures?: readonly { readonly reason: string; readonly count: number }[];
}

/** Figures of the deployment that only `/metrics` shows. Times are ms since epoch. */
export interface WorkFigures {
  readonly submitting: number;
  readonly mirroring: number;
  readonly storageBytes: number;
  readonly submissionAt: number | null;
  readonly workAt: number | null;
  readonly copyAt: number | null;
  readonly deliveryAt: number | null;
  /** Open incidents by the event that began them. */
  readonly incidents: Readonly<Record<string, number>>;
  readonly counters: CounterSums;
}
