/** Plain values that cross the RPC boundary of the Tenant object. Additive only: old and new code meet during a deploy. */
import type { ClientTokenClaims } from "../domain/client-token.ts";
import type { Attempt, DeliveryState } from "../domain/delivery.ts";
import type { RateLimitPolicy } from "../domain/rate-limit-headers.ts";
import type { ReferenceField } from "../domain/reference.ts";
import type { ApiError } from "../errors.ts";

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
  /** True if the receiver returned 2xx to one of them. */
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
  readonly state: DeliveryState;
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
  readonly state: DeliveryState | null;
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
}

/** Which tokens are wanted. */
export interface TokenQuery {
  /** Null: of all end users. */
  readonly endUser: string | null;
  /** The last id of the page before, or null. */
  readonly after: string | null;
  readonly limit: number;
}

/** Which page of end users is wanted. */
export interface EndUserQuery {
  /** The last name of the page before; null for the first page. */
  readonly after: string | null;
  readonly limit: number;
}
