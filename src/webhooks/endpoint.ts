/**
 * One webhook endpoint and its secrets, a tenant's or the operator's, stored as a named text. Nothing here awaits;
 * callers hold the transaction. Secrets leave this module only to sign, and once each in a response.
 */
import { DAY_MS } from "../domain/calendar.ts";
import { type EndpointEvent, type EndpointTrouble, FAILING_AFTER } from "../domain/delivery.ts";
import type { WebhookFormat } from "../domain/operator-event.ts";
import { newWebhookSecret } from "../domain/standard-webhook.ts";
import { type ApiError, apiError } from "../errors.ts";
import { isoTime } from "../lib/iso-time.ts";
import type { NamedTexts } from "../lib/named-texts.ts";

/**
 * The stored endpoint. The first secret is the present one; earlier ones also sign until they expire. Times are ms
 * since epoch.
 */
export interface EndpointRecord<Event extends string = EndpointEvent> {
  readonly url: string;
  /** Events that it receives; null or absent (release 0.1): all. */
  readonly events?: readonly Event[] | null;
  /** Form of the body; absent for tenants' endpoints: `standard`. */
  readonly format?: WebhookFormat;
  readonly createdAt: number;
  /** Time at which the receiver returned 410; null while the endpoint is on. */
  readonly disabledAt: number | null;
  /** Failed attempts in a row, counted up to those that make it failing, and the first one's time; absent after a success. */
  readonly failures?: { readonly count: number; readonly since: number };
  readonly secrets: readonly { readonly secret: string; readonly expiresAt: number | null }[];
}

/** The settings of an endpoint that its owner chooses. */
type WantedEndpoint<Event extends string> = Required<Pick<EndpointRecord<Event>, "url" | "events">> &
  Pick<EndpointRecord<Event>, "format">;

/** The endpoint as its owner sees it, without a secret. */
export interface WebhookView<Event extends string = EndpointEvent> {
  readonly url: string;
  /** Null: all events. */
  readonly events: readonly Event[] | null;
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly disabledAt: string | null;
  /** True after three failed attempts in a row, until the first success. */
  readonly failing: boolean;
  /** Time of the first of those attempts; null while it is not failing. */
  readonly failingSince: string | null;
  /** After a rotation: when the previous secret stops signing. */
  readonly previousSecretExpiresAt: string | null;
}

const NAME = "webhook";
/** Time in ms for which both secrets sign after a rotation. */
const OVERLAP_MS = DAY_MS;
/** Most secrets that sign at the same time. */
const MAX_SECRETS = 4;

/** A webhook endpoint and its secrets. */
export class WebhookEndpoint<Event extends string = EndpointEvent> {
  readonly #texts: NamedTexts;
  constructor(texts: NamedTexts) {
    this.#texts = texts;
  }

  get(): EndpointRecord<Event> | null {
    return this.#texts.read(NAME);
  }

  /**
   * Sets URL and events, and enables a disabled endpoint. An existing secret stays.
   *
   * @param random32 random bytes for a first secret
   * @returns the new record, and the secret if it was created now
   */
  put(
    { url, events, format }: WantedEndpoint<Event>,
    now: number,
    random32: () => Uint8Array,
  ): { record: EndpointRecord<Event>; newSecret: string | null; isChanged: boolean } {
    const known = this.get();
    const isSame =
      known?.url === url && known.format === format && JSON.stringify(known.events ?? null) === JSON.stringify(events);
    if (isSame && known.disabledAt === null) return { record: known, newSecret: null, isChanged: false };
    const newSecret = known ? null : newWebhookSecret(random32());
    const record: EndpointRecord<Event> = {
      url,
      events,
      ...(format !== undefined && { format }),
      createdAt: known?.createdAt ?? now,
      disabledAt: null,
      secrets: newSecret === null ? (known?.secrets ?? []) : [{ secret: newSecret, expiresAt: null }],
    };
    this.#texts.write<EndpointRecord<Event>>(NAME, record);
    return { record, newSecret, isChanged: true };
  }

  /** Deletes the endpoint and its secrets. @returns whether there was one */
  remove(): boolean {
    const existed = this.get() !== null;
    if (existed) this.#texts.remove(NAME);
    return existed;
  }

  /**
   * Limits rotations within a day, because every replaced secret must sign for its full 24 hours.
   *
   * @returns null if the secret can be rotated now, otherwise an error (30001) that names the earliest time
   */
  rotationError(now: number): ApiError | null {
    const replaced =
      this.get()?.secrets.flatMap(({ expiresAt }) => (expiresAt && expiresAt > now ? [expiresAt] : [])) ?? [];
    if (replaced.length + 1 < MAX_SECRETS) return null;
    const next = isoTime(Math.min(...replaced));
    return apiError(
      30001,
      `${MAX_SECRETS} secrets sign now, each replaced one for 24 hours: rotate again after ${next}`,
    );
  }

  /** Creates a new secret; the previous one also signs for a day. @returns null if there is no endpoint */
  rotate(now: number, random32: Uint8Array): { record: EndpointRecord<Event>; newSecret: string } | null {
    const known = this.get();
    if (!known) return null;
    const newSecret = newWebhookSecret(random32);
    const before = known.secrets
      .map(({ secret, expiresAt }) => ({ secret, expiresAt: expiresAt ?? now + OVERLAP_MS }))
      .filter(({ expiresAt }) => expiresAt > now);
    const record = { ...known, secrets: [{ secret: newSecret, expiresAt: null }, ...before] };
    this.#texts.write<EndpointRecord<Event>>(NAME, record);
    return { record, newSecret };
  }

  /**
   * Disables the endpoint after its receiver at `url` returned 410, unless its URL has changed meanwhile. @returns
   * whether it was disabled
   */
  disable(url: string, now: number): boolean {
    const known = this.get();
    if (known?.url !== url || known.disabledAt !== null) return false;
    this.#texts.write<EndpointRecord<Event>>(NAME, { ...known, disabledAt: now });
    return true;
  }

  /**
   * Counts the outcome of an attempt, unless the URL has changed meanwhile. Writes nothing while the endpoint works, or fails as
   * before. @returns whether it began or ceased to be failing
   */
  attempted(url: string, succeeded: boolean, now: number): boolean {
    const known = this.get();
    if (known?.url !== url) return false;
    const { failures, ...record } = known;
    const count = failures?.count ?? 0;
    if (succeeded) {
      if (failures !== undefined) this.#texts.write<EndpointRecord<Event>>(NAME, record);
      return count >= FAILING_AFTER;
    }
    if (count >= FAILING_AFTER) return false;
    this.#texts.write<EndpointRecord<Event>>(NAME, {
      ...record,
      failures: { count: count + 1, since: failures?.since ?? now },
    });
    return count + 1 === FAILING_AFTER;
  }

  /** @returns what is wrong with the endpoint; null if nothing is, or there is none */
  trouble(): EndpointTrouble | null {
    const record = this.get();
    if (record === null) return null;
    return record.disabledAt === null ? (isFailing(record) ? "failing" : null) : "off";
  }

  /** True if there is an endpoint and it is on. */
  isEnabled(): boolean {
    return this.get()?.disabledAt === null;
  }

  /** True if there is an endpoint, it is on, and it receives events of this type. */
  gets(type: Event): boolean {
    const record = this.get();
    return record !== null && record.disabledAt === null && (record.events?.includes(type) ?? true);
  }

  /** @returns the secrets that sign now, the present one first; none without an endpoint */
  signingSecrets(now: number): string[] {
    const secrets = this.get()?.secrets ?? [];
    return secrets.flatMap(({ secret, expiresAt }) => (expiresAt === null || expiresAt > now ? [secret] : []));
  }
}

function isFailing({ disabledAt, failures }: Pick<EndpointRecord, "disabledAt" | "failures">): boolean {
  return disabledAt === null && (failures?.count ?? 0) >= FAILING_AFTER;
}

/** Returns the endpoint as the API shows it, without secrets. */
export function viewEndpoint<Event extends string>(record: EndpointRecord<Event>, now: number): WebhookView<Event> {
  const previous = record.secrets.flatMap(({ expiresAt }) =>
    expiresAt !== null && expiresAt > now ? [expiresAt] : [],
  );
  return {
    url: record.url,
    events: record.events ?? null,
    enabled: record.disabledAt === null,
    createdAt: isoTime(record.createdAt),
    disabledAt: isoTime(record.disabledAt),
    failing: isFailing(record),
    failingSince: isFailing(record) ? isoTime(record.failures?.since ?? null) : null,
    previousSecretExpiresAt: isoTime(previous.length > 0 ? Math.max(...previous) : null),
  };
}
