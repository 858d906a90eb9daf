/** What today's tables have of the time after a moment: what a restore to that moment would lose (docs/recovery.md). */
import type { EntryKind } from "../../domain/ledger.ts";
import { firstTaskIdAt } from "../../domain/task-id.ts";
import type { TenantServices } from "../services.ts";

/** Most entries that are counted: some hundred milliseconds. */
const MAX_COUNTED = 100_000;

/** Changes after a moment, as far as rows have their times. */
export interface ChangesSince {
  /** Tasks accepted. */
  readonly tasks: number;
  readonly entries: number;
  /** The sum of the entries: how much the balance has moved. */
  readonly credits: number;
  readonly byKind: readonly { readonly kind: EntryKind; readonly entries: number; readonly credits: number }[];
  readonly keysCreated: number;
  readonly keysRevoked: number;
  /** False if there are more entries than were counted. */
  readonly complete: boolean;
}

/** @param at ms since epoch */
export function changesSince({ ledgerStore, keys }: TenantServices, at: number): ChangesSince {
  const byKind = ledgerStore.sumsSince(firstTaskIdAt(at), MAX_COUNTED);
  const all = keys.list();
  const entries = byKind.reduce((sum, one) => sum + one.entries, 0);
  return {
    tasks: byKind.find(({ kind }) => kind === "hold")?.entries ?? 0,
    entries,
    credits: byKind.reduce((sum, one) => sum + one.credits, 0),
    byKind,
    keysCreated: all.filter(({ createdAt }) => createdAt >= at).length,
    keysRevoked: all.filter(({ revokedAt }) => revokedAt !== null && revokedAt >= at).length,
    complete: entries < MAX_COUNTED,
  };
}
