/** Audit events: who did what, when, with the state before and after. Written with the change, kept by the Directory. */

/** Who acts, through the operator's API or a tenant's portal, under which request. */
export interface Actor {
  readonly kind: "operator" | "portal";
  readonly requestId: string;
}

/** A change to record. `before` and `after` hold no key, token or secret; what is left out is null in the log. */
export interface AuditedChange {
  /** For example `key.create`. */
  readonly action: string;
  /** What was acted on, such as a keyId. */
  readonly target?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One entry as a row. */
export interface AuditEntry {
  /** Random: an entry that comes again is known by it. */
  readonly id: string;
  /** ms since epoch. */
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string | null;
  /** JSON text. */
  readonly before: string | null;
  /** JSON text. */
  readonly after: string | null;
  readonly request_id: string;
}

/** @param moment its random id, and when: ms since epoch */
export function auditEntry(
  { kind, requestId }: Actor,
  { action, target, before, after }: AuditedChange,
  { id, at }: Pick<AuditEntry, "id" | "at">,
): AuditEntry {
  const text = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  const what = { action, target: target ?? null, before: text(before), after: text(after) };
  return { id, at, actor: kind, ...what, request_id: requestId };
}
