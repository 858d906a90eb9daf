/** Audit events as people read them, and as files. */
import { csvRow } from "../../src/lib/csv.ts";
import type { AuditEntry } from "./types.ts";

/** A field that an action changed, with both values as text; `–` for none. */
export interface ChangedField {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** Returns the fields that differ between the two states of an event; fields of objects by their path. */
export function changedFields({ before, after }: Pick<AuditEntry, "before" | "after">): ChangedField[] {
  const [old, now] = [new Map(leaves(before)), new Map(leaves(after))];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => ({ name, before: old.get(name) ?? "–", after: now.get(name) ?? "–" }));
}

/** Returns the values of a state by path; lists of plain values are one value. */
function leaves(value: unknown, path = ""): [string, string][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return [[path, value.join(", ")]];
  if (typeof value !== "object") return [[path, String(value)]];
  const entries = Array.isArray(value)
    ? value.map((item, index) => [`${index + 1}`, item] as const)
    : Object.entries(value);
  return entries.flatMap(([name, item]) => leaves(item, path === "" ? name : `${path}.${name}`));
}

const COLUMNS = ["at", "actorId", "actorName", "action", "tenantId", "tenantName", "target", "changes", "requestId"];

/** Returns events as CSV, with the byte order mark by which Excel recognises UTF-8. */
export function exportCsv(entries: readonly AuditEntry[]): Blob {
  const rows = entries.map((entry) => {
    const changes = changedFields(entry).map(({ name, before, after }) => `${name}: ${before} → ${after}`);
    const { at, actor, action, tenantId, tenantName, target, requestId } = entry;
    return csvRow([at, actor.id, actor.name, action, tenantId, tenantName, target, changes.join("; "), requestId]);
  });
  return new Blob(["\uFEFF", csvRow(COLUMNS), ...rows], { type: "text/csv;charset=utf-8" });
}

/** Returns events as JSON. */
export function exportJson(entries: readonly AuditEntry[]): Blob {
  return new Blob([JSON.stringify(entries, null, 2)], { type: "application/json" });
}
