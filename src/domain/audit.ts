/** What the audit log holds: who did what, when, before and after. Made where it is done, kept by the Directory. */

/** Who does something through the operator's API or a tenant's portal, under which request. */
export interface Doer {
  readonly actor: "operator" | "portal";
  readonly requestId: string;
}

/** What was done. `before` and `after` hold no key, token or secret; what is left out is null in the log. */
export interface Deed {
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
  { actor, requestId }: Doer,
  { action, target, before, after }: Deed,
  { id, at }: Pick<AuditEntry, "id" | "at">,
): AuditEntry {
  const text = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  const what = { action, target: target ?? null, before: text(before), after: text(after) };
  return { id, at, actor, ...what, request_id: requestId };
}
