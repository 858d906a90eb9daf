/**
 * The operator's webhook: its endpoint, and the deliveries of its events. Endpoint, signatures, attempts and retries are
 * those of tenants' webhooks (src/webhooks); the Directory's alarm makes the attempts that are due.
 */
import type { Config } from "../config.ts";
import type { CourierPort } from "../courier/port.ts";
import { type DeliveryRow, isDelivered, isGone } from "../domain/delivery.ts";
import { isTenantNotice, type OperatorEvent, slackBody, type WebhookFormat } from "../domain/operator-event.ts";
import { type ApiError, apiError } from "../errors.ts";
import { encodeHex } from "../lib/bytes.ts";
import { logEvent } from "../lib/log.ts";
import type { NamedTexts } from "../lib/named-texts.ts";
import { recordAttempt, sendWebhook } from "../webhooks/attempts.ts";
import { DeliveryStore } from "../webhooks/delivery-store.ts";
import { type EndpointRecord, viewEndpoint, WebhookEndpoint, type WebhookView } from "../webhooks/endpoint.ts";
import { envelopeOf, signedMessage, testBody, type WebhookMessage } from "../webhooks/signed-message.ts";

/** Attempts that the alarm makes at once. */
const ATTEMPTS_AT_ONCE = 20;
/**
 * Most events that wait; further ones are dropped and logged, because what an operator could read is long exceeded. Events that
 * tenants cause have half of the places, so that incidents of the deployment always have some.
 */
const MAX_WAITING = 1_000;

/** The operator's endpoint without its secret. */
export type OperatorWebhookView = WebhookView<OperatorEvent> & { readonly format: WebhookFormat };

/** The settings of the operator's endpoint. */
export type OperatorWebhookSettings = Pick<OperatorWebhookView, "url" | "events" | "format">;

/** What the operator's webhook needs from the Directory's object. */
export interface OperatorWebhookParts {
  readonly storage: DurableObjectStorage;
  readonly settings: NamedTexts;
  readonly courier: Pick<CourierPort, "deliver">;
  readonly config: () => Promise<Config>;
  /** Origin of the operator's last authenticated call, or null. */
  readonly origin: () => string | null;
}

/** The operator's endpoint and its deliveries. */
export class OperatorWebhook {
  readonly #parts: OperatorWebhookParts;
  readonly #endpoint: WebhookEndpoint<OperatorEvent>;
  readonly #store: DeliveryStore;

  constructor(parts: OperatorWebhookParts) {
    this.#parts = parts;
    this.#endpoint = new WebhookEndpoint(parts.settings);
    this.#store = new DeliveryStore(parts.storage.sql);
  }

  /** Records an event, if the endpoint gets it. Call it inside the transaction of the event. `at` in ms since epoch. */
  announce(type: OperatorEvent, data: Readonly<Record<string, unknown>>, at: number): void {
    if (!this.#endpoint.gets(type)) return;
    const { count, lastId } = this.#store.extent();
    if (count >= (isTenantNotice(type) ? MAX_WAITING / 2 : MAX_WAITING)) {
      logEvent("warn", "operator-event-dropped", { type });
      return;
    }
    this.#store.insert({
      event_id: Math.max(at, lastId + 1),
      webhook_id: newId(),
      type,
      at,
      url: null,
      due_at: at,
      attempts: 0,
      data: JSON.stringify(data),
      files: null,
      log: "[]",
    });
  }

  /** @returns the time at which the next attempt is due (ms since epoch), or null */
  nextDueAt(): number | null {
    return this.#store.nextDueAt();
  }

  /** Makes the attempts that are due. Never throws. */
  async deliverDue(): Promise<void> {
    try {
      const config = await this.#parts.config();
      const due = this.#store.due(Date.now(), ATTEMPTS_AT_ONCE);
      await Promise.all(due.map((row) => this.#deliver(row, config)));
    } catch (error) {
      logEvent("error", "operator-webhook", { error: String(error) });
    }
  }

  async #deliver(row: DeliveryRow, config: Config): Promise<void> {
    const record = this.#endpoint.get();
    // Without an endpoint, or with one that is off, nobody wants the event any more.
    if (record === null || record.disabledAt !== null) return this.#store.remove(row.event_id);
    const startedAt = Date.now();
    const data = { ...(JSON.parse(row.data ?? "{}") as object), ...this.#consoleLink() };
    const response = await sendWebhook(this.#parts.courier, await this.#message(record, row, data));
    const context = {
      url: record.url,
      startedAt,
      now: Date.now(),
      random: Math.random(),
      retrySeconds: config.webhookRetrySeconds,
    };
    this.#parts.storage.transactionSync(() =>
      recordAttempt({ store: this.#store, endpoint: this.#endpoint, log: logEvent }, row, response, context),
    );
  }

  /** Where a person looks further; nothing before the operator's first call. */
  #consoleLink(): { readonly url?: string } {
    const origin = this.#parts.origin();
    return origin === null ? {} : { url: `${origin}/console` };
  }

  async #message(
    { url, format }: EndpointRecord<OperatorEvent>,
    { webhook_id, type, at }: Pick<DeliveryRow, "webhook_id" | "type" | "at">,
    data: Readonly<Record<string, unknown>> | null,
  ): Promise<WebhookMessage> {
    const now = Date.now();
    const standard = () => (data === null ? testBody(at) : envelopeOf(type, at, JSON.stringify(data)));
    const body = format === "slack" ? slackBody(type, data ?? {}) : standard();
    const { publicBaseUrl } = await this.#parts.config();
    const ownUrls = [publicBaseUrl, this.#parts.origin()];
    return signedMessage({ id: webhook_id, url, body, secrets: this.#endpoint.signingSecrets(now), ownUrls }, now);
  }

  // ---- the endpoint ------------------------------------------------------------------------------------------------

  get(): OperatorWebhookView | ApiError {
    const record = this.#endpoint.get();
    return record === null ? noEndpoint() : view(record, Date.now());
  }

  /** Sets the endpoint, inside the caller's transaction. @param wanted validated. @returns its secret if it is new */
  put(wanted: OperatorWebhookSettings): OperatorWebhookView & { readonly secret?: string } {
    const now = Date.now();
    const { record, newSecret } = this.#endpoint.put(wanted, now, random32);
    return { ...view(record, now), ...(newSecret !== null && { secret: newSecret }) };
  }

  /** Removes the endpoint, its secret and its events, inside the caller's transaction. */
  remove(): { readonly deleted: true } | ApiError {
    if (!this.#endpoint.remove()) return noEndpoint();
    this.#store.removeAll();
    return { deleted: true };
  }

  /** Creates a new secret, inside the caller's transaction; both sign for 24 h. */
  rotate(): (OperatorWebhookView & { readonly secret: string }) | ApiError {
    const now = Date.now();
    const error = this.#endpoint.rotationError(now);
    if (error !== null) return error;
    const rotated = this.#endpoint.rotate(now, random32());
    return rotated === null ? noEndpoint() : { ...view(rotated.record, now), secret: rotated.newSecret };
  }

  /** Sends one `webhook.test` and waits for its response; also to an endpoint that is off. */
  async test() {
    const record = this.#endpoint.get();
    if (record === null) return noEndpoint();
    const event = { webhook_id: newId(), type: "webhook.test", at: Date.now() } as const;
    const response = await sendWebhook(this.#parts.courier, await this.#message(record, event, null));
    const { status, durationMs, error } = response;
    if (isGone(status)) this.#endpoint.disable(record.url, Date.now());
    const delivered = isDelivered(status);
    if (delivered) this.#endpoint.attempted(record.url, true, Date.now());
    return { delivered, webhookId: event.webhook_id, status, durationMs, error, response: response.response };
  }
}

function view(record: EndpointRecord<OperatorEvent>, now: number): OperatorWebhookView {
  return { ...viewEndpoint(record, now), format: record.format ?? "standard" };
}

const noEndpoint = () => apiError(40002, "There is no webhook endpoint");
const random32 = () => crypto.getRandomValues(new Uint8Array(32));
const newId = () => `msg_${encodeHex(crypto.getRandomValues(new Uint8Array(16)))}`;
