/**
 * Audit events: actor, action, time and changes. Written with the change, and kept by the Directory. An event has at
 * most 2 KiB, whatever the change, because one Directory keeps the events of all tenants.
 */
import { utf8 } from "../lib/bytes.ts";

/** The actor of a change, through the operator's API or a tenant's portal, with the request's id. */
export interface Actor {
  readonly kind: "operator" | "portal";
  /** `root`, an operatorId or an e-mail address; absent for a tenant's people, who are `portal`, and for an unknown operator, who is `root`. */
  readonly id?: string;
  /** Display name, such as the `person` of a portal link; if unknown, the id. */
  readonly name?: string;
  readonly requestId: string;
}

/**
 * A change to record. `before` and `after` contain no key, token or secret; an absent one is null in the log. If both
 * are given, only their differences are recorded.
 */
export interface AuditedChange {
  /** For example `key.create`. */
  readonly action: string;
  /** Object of the action, such as a keyId. */
  readonly target?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One entry as a row. */
export interface AuditEntry {
  /** Random id, by which a repeated entry is recognised. */
  readonly id: string;
  /** ms since epoch. */
  readonly at: number;
  /** Kind of the actor. */
  readonly actor: string;
  /** Null or absent: unknown, as in entries of release 0.1. */
  readonly actor_id?: string | null;
  readonly actor_name?: string | null;
  readonly action: string;
  readonly target: string | null;
  /** JSON text. */
  readonly before: string | null;
  /** JSON text. */
  readonly after: string | null;
  readonly request_id: string;
}

/** Most bytes of each of the two states in one entry. */
const MAX_STATE_BYTES = 900;
/** A field's value with more characters is replaced by its size where the state is too large. */
const MAX_VALUE_CHARACTERS = 120;

/** @param moment its random id, and when: ms since epoch. @returns the entry, of at most 2 KiB */
export function auditEntry(
  { kind, requestId, ...who }: Actor,
  { action, target, before, after }: AuditedChange,
  { id, at }: Pick<AuditEntry, "id" | "at">,
): AuditEntry {
  const isUpdate = before !== undefined && after !== undefined;
  const what = {
    action,
    target: target ?? null,
    before: stateText(isUpdate ? difference(before, after) : before),
    after: stateText(isUpdate ? difference(after, before) : after),
  };
  const actor = { actor: kind, actor_id: who.id ?? null, actor_name: who.name ?? null };
  return { id, at, ...actor, ...what, request_id: requestId };
}

/** @returns the fields or items of one state that the other does not have, and the name, for people who read the log */
function difference(state: unknown, other: unknown): unknown {
  if (Array.isArray(state) && Array.isArray(other)) {
    const known = new Set(other.map((item) => JSON.stringify(item)));
    return state.filter((item) => !known.has(JSON.stringify(item)));
  }
  if (!isRecord(state) || !isRecord(other)) return state;
  const isWanted = (name: string) => name === "name" || JSON.stringify(state[name]) !== JSON.stringify(other[name]);
  return Object.fromEntries(Object.entries(state).filter(([name]) => isWanted(name)));
}

/** JSON text of a state; of one that is too large, as many fields or items as fit, long values replaced by their size. */
function stateText(state: unknown): string | null {
  if (state === undefined) return null;
  const text = JSON.stringify(state);
  if (utf8(text).length <= MAX_STATE_BYTES) return text;
  if (Array.isArray(state)) {
    const items = state.map(shortened);
    return firstThatFits(items.length, (count) => [...items.slice(0, count), ...omitted(items.length - count)]);
  }
  if (!isRecord(state)) return JSON.stringify(shortened(text));
  const fields = Object.entries(state).map(([name, value]) => [name, shortened(value)] as const);
  return firstThatFits(fields.length, (count) => ({
    ...Object.fromEntries(fields.slice(0, count)),
    ...(count < fields.length && { omittedFields: fields.length - count }),
  }));
}

function firstThatFits(most: number, make: (count: number) => unknown): string {
  for (let count = most; count > 0; count -= 1) {
    const text = JSON.stringify(make(count));
    if (utf8(text).length <= MAX_STATE_BYTES) return text;
  }
  return JSON.stringify(make(0));
}

function omitted(count: number): string[] {
  return count > 0 ? [`(${count} more)`] : [];
}

function shortened(value: unknown): unknown {
  const text = JSON.stringify(value) ?? "";
  return text.length <= MAX_VALUE_CHARACTERS ? value : `(${utf8(text).length} bytes)`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
