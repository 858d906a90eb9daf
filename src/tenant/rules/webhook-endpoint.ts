/**
 * The tenant's one webhook endpoint and its secrets, as a row of `meta`. Nothing here awaits; callers hold the
 * transaction. Secrets leave this module only to sign, and once each to be shown.
 */
import type { EndpointEvent } from "../../domain/delivery.ts";
import { newWebhookSecret } from "../../domain/standard-webhook.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { MetaStore } from "../store/meta.ts";

/** The first secret is the present one; those before it sign along until they expire. Times are ms since epoch. */
export interface EndpointRecord {
  readonly url: string;
  /** Which events it gets; null or absent (release 0.1): all. */
  readonly events?: readonly EndpointEvent[] | null;
  readonly createdAt: number;
  /** When the receiver said 410; null while deliveries go there. */
  readonly disabledAt: number | null;
  readonly secrets: readonly { readonly secret: string; readonly expiresAt: number | null }[];
}

/** An endpoint as the tenant sees it; never with a secret. */
export interface WebhookView {
  readonly url: string;
  /** Null: all. */
  readonly events: readonly EndpointEvent[] | null;
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly disabledAt: string | null;
  /** After a rotation: until when the secret before signs along. */
  readonly previousSecretExpiresAt: string | null;
}

const META_NAME = "webhook";
/** How long both secrets sign after a rotation. */
const OVERLAP_MS = 24 * 3_600_000;
/** Secrets that sign at one time. */
const MAX_SECRETS = 4;

/** The tenant's webhook endpoint and its secrets. */
export class WebhookEndpoint {
  readonly #meta: MetaStore;
  constructor(meta: MetaStore) {
    this.#meta = meta;
  }

  get(): EndpointRecord | null {
    const text = this.#meta.get(META_NAME);
    return text === null ? null : (JSON.parse(text) as EndpointRecord);
  }

  /**
   * Sets URL and events, and turns an endpoint on again that was turned off. The secret stays if there is one.
   *
   * @param random32 for the first secret
   * @returns the new record, and the secret if it was made now
   */
  put(
    { url, events }: Required<Pick<EndpointRecord, "url" | "events">>,
    now: number,
    random32: () => Uint8Array,
  ): { record: EndpointRecord; newSecret: string | null } {
    const known = this.get();
    const isSame = known?.url === url && JSON.stringify(known.events ?? null) === JSON.stringify(events);
    if (isSame && known.disabledAt === null) return { record: known, newSecret: null };
    const newSecret = known ? null : newWebhookSecret(random32());
    const record: EndpointRecord = {
      url,
      events,
      createdAt: known?.createdAt ?? now,
      disabledAt: null,
      secrets: newSecret === null ? (known?.secrets ?? []) : [{ secret: newSecret, expiresAt: null }],
    };
    this.#write(record);
    return { record, newSecret };
  }

  /** Forgets the endpoint and its secrets. @returns whether there was one */
  remove(): boolean {
    const existed = this.get() !== null;
    if (existed) this.#meta.remove(META_NAME);
    return existed;
  }

  /**
   * A rotation keeps every replaced secret signing for the 24 hours that were promised for it, so only so many may follow each
   * other within a day.
   *
   * @returns null if the secret can be rotated now, else a refusal (30001) that names the time from which it can
   */
  rotationRefusal(now: number): ApiError | null {
    const replaced =
      this.get()?.secrets.flatMap(({ expiresAt }) => (expiresAt && expiresAt > now ? [expiresAt] : [])) ?? [];
    if (replaced.length + 1 < MAX_SECRETS) return null;
    const next = new Date(Math.min(...replaced)).toISOString();
    return apiError(
      30001,
      `${MAX_SECRETS} secrets sign now, each replaced one for 24 hours: rotate again after ${next}`,
    );
  }

  /** Makes a new secret; the one before signs along for a day. @returns null if there is no endpoint */
  rotate(now: number, random32: Uint8Array): { record: EndpointRecord; newSecret: string } | null {
    const known = this.get();
    if (!known) return null;
    const newSecret = newWebhookSecret(random32);
    const before = known.secrets
      .map(({ secret, expiresAt }) => ({ secret, expiresAt: expiresAt ?? now + OVERLAP_MS }))
      .filter(({ expiresAt }) => expiresAt > now);
    const record = { ...known, secrets: [{ secret: newSecret, expiresAt: null }, ...before] };
    this.#write(record);
    return { record, newSecret };
  }

  /** The receiver at `url` said 410. An endpoint that has moved elsewhere meanwhile stays on. @returns whether it went off */
  disable(url: string, now: number): boolean {
    const known = this.get();
    if (known?.url !== url || known.disabledAt !== null) return false;
    this.#write({ ...known, disabledAt: now });
    return true;
  }

  /** Whether there is an endpoint that is on. */
  isEnabled(): boolean {
    return this.get()?.disabledAt === null;
  }

  /** Whether there is an endpoint that is on and gets events of this type. */
  gets(type: EndpointEvent): boolean {
    const record = this.get();
    return record !== null && record.disabledAt === null && (record.events?.includes(type) ?? true);
  }

  /** @returns what to sign with now, the present secret first; none without an endpoint */
  signingSecrets(now: number): string[] {
    const secrets = this.get()?.secrets ?? [];
    return secrets.flatMap(({ secret, expiresAt }) => (expiresAt === null || expiresAt > now ? [secret] : []));
  }

  #write(record: EndpointRecord): void {
    this.#meta.put(META_NAME, JSON.stringify(record));
  }
}

/** Returns the endpoint as the API shows it, without secrets. */
export function viewEndpoint(record: EndpointRecord, now: number): WebhookView {
  const previous = record.secrets.flatMap(({ expiresAt }) =>
    expiresAt !== null && expiresAt > now ? [expiresAt] : [],
  );
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    url: record.url,
    events: record.events ?? null,
    enabled: record.disabledAt === null,
    createdAt: new Date(record.createdAt).toISOString(),
    disabledAt: iso(record.disabledAt),
    previousSecretExpiresAt: iso(previous.length > 0 ? Math.max(...previous) : null),
  };
}
