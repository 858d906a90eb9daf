/** Events for the operator's webhook endpoint (contract sections 6 and 9), and their short form for chat services. */
import { MINUTE_MS } from "./calendar.ts";

/** Incidents: each is announced once when it begins, and once when it is over. */
export const INCIDENTS = {
  "master_key.refused": "master_key.recovered",
  "copies.stuck": "copies.recovered",
  "work.overdue": "work.recovered",
  "storage.high": "storage.recovered",
} as const;
/** The event that begins an incident. */
export type Incident = keyof typeof INCIDENTS;

/** Events of one tenant, once per crossing. */
const TENANT_NOTICES = ["tenant.credits_low", "tenant.cap", "tenant.webhook_disabled"] as const;
/** One of the events of one tenant. */
export type TenantNotice = (typeof TENANT_NOTICES)[number];

/** True for an event that one tenant causes, as often as it likes. */
export function isTenantNotice(type: OperatorEvent): type is TenantNotice {
  return TENANT_NOTICES.some((notice) => notice === type);
}

/** One of the events to which the operator's endpoint can subscribe. */
export type OperatorEvent = Incident | (typeof INCIDENTS)[Incident] | TenantNotice;

/** All events to which the operator's endpoint can subscribe. */
export const OPERATOR_EVENTS: readonly OperatorEvent[] = [
  ...Object.entries(INCIDENTS as Record<Incident, OperatorEvent>).flat(),
  ...TENANT_NOTICES,
] as OperatorEvent[];

/** Forms of a body: Standard Webhooks, or `{text}` as Slack and compatible services expect. */
export const WEBHOOK_FORMATS = ["standard", "slack"] as const;
/** One of the forms of a body. */
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** Age of the oldest waiting copy, in ms, from which copies count as stuck (contract section 9). */
export const COPIES_STUCK_MS = 15 * MINUTE_MS;
/** Age of the oldest due work, in ms, from which work counts as overdue (contract section 9). */
export const WORK_OVERDUE_MS = 5 * MINUTE_MS;
/** Part of a tenant's storage limit from which storage counts as high (contract section 9). */
export const STORAGE_HIGH = 0.8;
/** Parts of a tenant's monthly credits, in percent, whose crossing is announced (contract section 9). */
export const CAP_PERCENTS = [80, 100] as const;

const SENTENCES: Readonly<Record<OperatorEvent, string>> = {
  "master_key.refused": "The upstream refuses a master key.",
  "master_key.recovered": "The upstream accepts the master key again.",
  "copies.stuck": "Result files wait for their copy for more than 15 minutes.",
  "copies.recovered": "No result file waits for its copy for more than 15 minutes any more.",
  "work.overdue": "Background work is overdue by more than 5 minutes.",
  "work.recovered": "No background work is overdue by more than 5 minutes any more.",
  "storage.high": "A tenant's storage is above 80 % of its limit.",
  "storage.recovered": "The tenant's storage is below 80 % of its limit again.",
  "tenant.credits_low": "A tenant's balance fell below its threshold.",
  "tenant.cap": "A tenant reached a part of its monthly credits.",
  "tenant.webhook_disabled": "A tenant's webhook endpoint returned 410 and was turned off.",
};

/**
 * Returns the body for Slack and compatible services: one line of text with the event and its fields. Characters with a
 * meaning there are escaped, because tenants choose some of the values.
 */
export function slackBody(type: string, data: Readonly<Record<string, unknown>>): string {
  const { url, ...fields } = data;
  const listed = Object.entries(fields).map(([name, value]) => `${name}: ${escapeText(String(value))}`);
  const sentence = (SENTENCES as Partial<Record<string, string>>)[type] ?? "";
  const parts = [`*${type}* ${sentence}`.trim(), ...listed, ...(typeof url === "string" ? [url] : [])];
  return JSON.stringify({ text: parts.join(" · ") });
}

/** Escapes what Slack would read as a mention or a link (docs.slack.dev, "Formatting message text"). */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
