/** Plain values that cross the RPC boundary of the Tenant object. Additive only: old and new code meet during a deploy. */
import type { ClientTokenClaims } from "../domain/client-token.ts";
import type { Attempt, EndpointTrouble } from "../domain/delivery.ts";
import type { KeyKind } from "../domain/key-format.ts";
import type { PriceRule } from "../domain/price-list.ts";
import type { RateLimitPolicy } from "../domain/rate-limit-headers.ts";
import type { ReferenceField } from "../domain/reference.ts";
import type { ApiError } from "../errors.ts";
import type { Scope } from "./permissions.ts";

/** Settings of a tenant as the operator sets and sees them (contract section 6). */
export interface TenantSettings {
  readonly name: string;
  readonly status: "active" | "suspended";
  readonly billing: "unmetered" | "prepaid";
  readonly markup: number;
  readonly requestsPerMinute: number;
  readonly concurrentTasks: number;
  readonly monthlyCredits: number | null;
  /** Null: all models. */
  readonly models: readonly string[] | null;
  /** Null: the deployment's RETENTION_DAYS; 0: for ever. */
  readonly retentionDays: number | null;
  readonly filesVisibility: "public" | "signed";
  readonly lowBalance: number | null;
  /** The tenant's own price list (domain/price-list.ts), which precedes the one for all tenants. Null: none. */
  readonly prices: readonly PriceRule[] | null;
  /** The operator's own id of the tenant. The Directory decides who has it; this is a copy. */
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly note: string | null;
  /** Where the object was created; null: near the operator. */
  readonly region: Region | null;
}

/** Location hints of the platform for a new object. */
export const REGIONS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;
/** A location hint. */
export type Region = (typeof REGIONS)[number];

/** Settings of a tenant that was created with only a name. */
export const DEFAULT_SETTINGS: Omit<TenantSettings, "name"> = {
  status: "active",
  billing: "unmetered",
  markup: 1,
  requestsPerMinute: 60,
  concurrentTasks: 10,
  monthlyCredits: null,
  models: null,
  retentionDays: null,
  filesVisibility: "public",
  lowBalance: null,
  prices: null,
  externalId: null,
  metadata: null,
  note: null,
  region: null,
};

/** A tenant as shown to the operator. */
export interface TenantView extends TenantSettings {
  readonly tenantId: string;
  readonly createdAt: string;
  /** Time of the latest task; null: none. An object of an earlier release leaves it out. */
  readonly lastActiveAt: string | null;
  readonly balance: number;
  readonly runningTasks: number;
  /** What is wrong with the webhook endpoint; null: nothing, or there is none. An object of an earlier release leaves it out. */
  readonly webhook: EndpointTrouble | null;
}

/** Settings of a key. */
export interface KeySettings {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly allowedOrigins: readonly string[] | null;
  /** ms since epoch. */
  readonly expiresAt: number | null;
  readonly requestsPerMinute: number | null;
  readonly monthlyCredits: number | null;
  readonly concurrentTasks: number | null;
  /** Addresses and CIDR ranges as `parseAddressRange` writes them; null: any. */
  readonly allowedIps: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}

/**
 * Settings of a key that was created with only a kind, which determines the scopes and the name. A setting can be null
 * only if its default is.
 */
export const DEFAULT_KEY_SETTINGS: Omit<KeySettings, "name" | "scopes"> = {
  models: null,
  allowedOrigins: null,
  expiresAt: null,
  requestsPerMinute: null,
  monthlyCredits: null,
  concurrentTasks: null,
  allowedIps: null,
  metadata: null,
};

/** Names of all settings of a key: what its view and its row take from them. */
export const KEY_SETTING_NAMES = [
  "name",
  "scopes",
  ...Object.keys(DEFAULT_KEY_SETTINGS),
] as readonly (keyof KeySettings)[];

/** A key as shown in lists, without its text. */
export interface KeyView extends Omit<KeySettings, "expiresAt"> {
  readonly keyId: string;
  readonly kind: KeyKind;
  readonly expiresAt: string | null;
  readonly status: "active" | "revoked" | "expired";
  readonly createdAt: string;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
  /** The secret that signed the key: the first of SIGNING_SECRETS, a later one, or a removed one. */
  readonly signedWith: "first" | "later" | "removed";
  /** After a rotation: when the last of the previous texts ends, and which secret signed it. */
  readonly previous: { readonly expiresAt: string; readonly signedWith: "first" | "later" | "removed" } | null;
}

/** The caller: a credential whose MAC the Worker has verified. The object decides whether it is still valid. */
export type Caller = (
  | { readonly kind: "key"; readonly keyId: string; readonly keyHash: string }
  | { readonly kind: "token"; readonly claims: ClientTokenClaims }
  /** A person in the portal, by the hash of the session. */
  | { readonly kind: "portal"; readonly session: string; readonly requestId: string }
) & {
  readonly origin: string | null;
  /** Address of the client, if known; a Worker of an earlier release does not pass it. */
  readonly address?: string | null;
};

/** Rate limits after this request: one entry per policy. */
export type RateState = RateLimitPolicy;

/** Result of a tenant-facing method; `rate` is null if the credential itself was refused. */
export type Result<T> = { readonly ok: true; readonly rate: readonly RateState[]; readonly data: T } | Denied;

/** A refused call. */
export interface Denied {
  readonly ok: false;
  readonly rate: readonly RateState[] | null;
  readonly error: ApiError;
  /** If the rate limit refused the call: for how long, in whole ms, the next request certainly gets the same. */
  readonly spentForMs?: number;
}

/** A validated generation request, as the Worker passes it to the object. */
export interface GenerateJob {
  /** JSON text for the upstream. */
  readonly body: string;
  readonly model: string;
  readonly type: string;
  /** 1 video, 2 image: the upstream's `taskType`. */
  readonly taskType: 1 | 2;
  /** Number of results that the response announces. */
  readonly results: number;
  /** All fields that the price depends on, as one string. */
  readonly shape: string;
  /** JSON text of the string pairs. */
  readonly metadata: string;
  readonly webhookUrl: string | null;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
  /** Start of stable URLs, e.g. `https://files.example`. */
  readonly publicBaseUrl: string;
  /** `Prefer: wait`: total time that the caller waits, which may be less than SUBMIT_TIMEOUT_MS; null without it. */
  readonly waitMs: number | null;
}

/** A reference in a request's body that is a file of this tenant; the body has its `fileId` in place of the URL. */
export interface FileReference {
  readonly field: ReferenceField;
  readonly index: number;
  readonly fileId: string;
  /** The file came in this request as a `data:` URI, and its bytes are in R2: see `placeReferences`. */
  readonly placed?: ReferenceFile;
}

/** A file that came as a `data:` URI, as the object knows it. */
export interface ReferenceFile {
  /** Hex SHA-256 of the bytes. */
  readonly digest: string;
  readonly bytes: number;
  readonly contentType: string;
}

/** The place of the bytes of a `data:` URI. */
export interface ReferencePlace {
  readonly fileId: string;
  /** Key in R2. */
  readonly key: string;
  /** True if R2 has the bytes: the same owner sent them before. */
  readonly stored: boolean;
}

/** Fields of a request for an estimate; the optional ones are absent from a Worker of an earlier release. */
export type EstimateJob = Pick<GenerateJob, "shape" | "model"> &
  Partial<Pick<GenerateJob, "webhookUrl">> & { readonly references?: readonly FileReference[] };

/** An accepted generation: the upstream's `data`, in the gateway's terms. */
export interface GenerateResult {
  readonly taskId: number;
  readonly replayed: boolean;
  /** JSON text of `{taskId, taskNo, estimatedCredits, resultUrls}`. */
  readonly json: string;
}

/** A task at one moment, for callers that read its events or wait for its end. */
export interface TaskWatch {
  /** The event's id: changes whenever there is a new event. */
  readonly version: string;
  readonly status: number;
  readonly ended: boolean;
  /** The tenant's price once the upstream has returned its own; null before. */
  readonly price: number | null;
  /** ms since epoch; null before the end, absent from an object of an earlier release. */
  readonly endedAt?: number | null;
  /** JSON text of the query's `data`. */
  readonly json: string;
}

/** How a task is watched. */
export interface WatchOptions {
  /** The last `version` that the caller has received; null for none. */
  readonly seen: string | null;
  /** Longest wait for another version. */
  readonly maxMs: number;
  readonly publicBaseUrl: string;
  /** The call that this belongs to, which determines the permission. */
  readonly by: "events" | "query" | "generate";
  /** False for a call that continues a counted request. */
  readonly counted: boolean;
  /** Names the event stream that asks; absent for other calls, and from a Worker of an earlier release. */
  readonly stream?: string | undefined;
}

/** The deliveries of a task's event, as its tenant sees them. */
export interface DeliveriesView {
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
  /** True if the receiver answered one of them with 2xx. */
  readonly delivered: boolean;
  readonly nextAttemptAt: string | null;
}

/** A person of the tenant in the portal. */
export interface PortalPerson {
  /** `viewer`: reads only. */
  readonly role: "admin" | "viewer";
  /** Name for the audit log; null: unknown. */
  readonly person: string | null;
  /** Page to which the portal links back; null: none. */
  readonly returnUrl: string | null;
}

/** One delivery in the list of all. */
export interface DeliveryView {
  /** The same as `webhook-id`. */
  readonly deliveryId: string;
  /** Null for an event of no task. */
  readonly taskId: number | null;
  readonly type: Attempt["type"];
  readonly state: "pending" | "delivered" | "failed";
  /** Number of attempts on record, at most 30. */
  readonly attempts: number;
  readonly createdAt: string;
  readonly nextAttemptAt: string | null;
  /** Null if the endpoint that it was for is gone, and none was attempted. */
  readonly url: string | null;
  readonly lastAttempt: Omit<Attempt, "response"> | null;
}

/** One delivery with what was sent and what came back. */
export interface DeliveryDetail extends DeliveryView {
  /** Attempts on record, oldest first. */
  readonly log: readonly Attempt[];
  /** The body as an attempt now sends it; null if it is no longer known, or has no receiver. */
  readonly body: string | null;
}

/** One page of deliveries, newest first. */
export interface DeliveryPage {
  readonly deliveries: readonly DeliveryView[];
  readonly nextCursor: string | null;
}

/** Query of the list of deliveries. */
export interface DeliveryListQuery {
  readonly state: DeliveryView["state"] | null;
  readonly limit: number;
  /** From the `nextCursor` of the previous page, or null. */
  readonly before: number | null;
}

/** Result of a `webhook.test`. */
export interface WebhookTestView {
  readonly delivered: boolean;
  readonly webhookId: string;
  readonly status: number | null;
  readonly durationMs: number;
  readonly error: string | null;
  /** The first KB of the response. */
  readonly response: string;
}

/** Filters of the task list; dates in ms since epoch. Optional ones are absent from a Worker of an earlier release. */
export interface TaskListQuery {
  readonly status: number | null;
  readonly model: string | null;
  readonly endUser?: string | null;
  readonly keyId?: string | null;
  readonly metadata?: readonly (readonly [key: string, value: string])[];
  readonly q?: string | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly limit: number;
  /** The last taskId of the previous page, or null. */
  readonly before: number | null;
  /** True: oldest first. */
  readonly ascending?: boolean;
  /** True: each task has a field `endedAt`, in ms since epoch or null. */
  readonly withEnd?: boolean;
}
