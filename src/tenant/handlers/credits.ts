/** The operator's hand in a tenant's ledger. */
import type { Doer } from "../../domain/audit.ts";
import { IDEMPOTENCY_TTL_MS } from "../../domain/idempotency.ts";
import { type Refusal, refusal } from "../../errors.ts";
import { expectAging } from "../engine/aging.ts";
import type { Tenancy } from "../services.ts";
import { type LedgerEntryView, viewEntry } from "./ledger.ts";

/** No tenant can send this: idempotency keys are printable ASCII. */
const OPERATOR_PREFIX = "\u0001operator:";

export interface CreditJob {
  readonly credits: number;
  readonly note: string | null;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

export interface CreditReply {
  readonly entry: LedgerEntryView;
  readonly replayed: boolean;
}

/**
 * Enters credits, given or (negative) taken, exactly once per idempotency key.
 *
 * @returns a refusal: 70003 (422) for a key that was used for something else, 30001 for a balance past 2^53 − 1
 */
export function addCredits(tenancy: Tenancy, job: CreditJob, doer?: Doer): Promise<CreditReply | Refusal> {
  const { commit, books, idempotency, chance, rollup, schedule, audit } = tenancy;
  return commit.run((): CreditReply | Refusal => {
    const now = chance.now();
    const key = job.idempotency === null ? null : OPERATOR_PREFIX + job.idempotency.key;
    const known = key === null ? null : idempotency.get(key, now);
    if (known) {
      if (known.fingerprint !== job.idempotency?.fingerprint || known.reply === null) {
        return refusal(70003, "This idempotency key was used for a different request", { status: 422 });
      }
      return { entry: JSON.parse(known.reply) as LedgerEntryView, replayed: true };
    }
    if (!Number.isSafeInteger(books.balance() + job.credits))
      return refusal(30001, "credits: the balance would be too large");
    const entry = viewEntry(books.credit(job.credits, job.note, now));
    if (key !== null && job.idempotency) {
      const { fingerprint } = job.idempotency;
      const expires_at = now + IDEMPOTENCY_TTL_MS;
      idempotency.put({ key, fingerprint, task_id: null, reply: JSON.stringify(entry), expires_at });
      expectAging(tenancy, true);
    }
    audit.enter(doer, { action: "credits.add", target: String(entry.entryId), after: entry });
    rollup.touch();
    schedule.arm(now).catch(() => {});
    return { entry, replayed: false };
  });
}
