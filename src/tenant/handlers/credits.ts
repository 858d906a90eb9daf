/** Credits that the operator adds to a tenant's ledger, or takes from it. */
import type { Actor } from "../../domain/audit.ts";
import { IDEMPOTENCY_TTL_MS } from "../../domain/idempotency.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { expectAging } from "../engine/aging.ts";
import type { TenantServices } from "../services.ts";
import { type LedgerEntryView, viewEntry } from "./ledger.ts";

/** Prefix of the operator's idempotency keys. No tenant can send it: idempotency keys are printable ASCII. */
const OPERATOR_PREFIX = "\u0001operator:";

/** A credit to book, with the operator's idempotency key. */
export interface CreditJob {
  readonly credits: number;
  readonly note: string | null;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

/** The booked entry, and whether it had been booked before. */
export interface CreditResult {
  readonly entry: LedgerEntryView;
  readonly replayed: boolean;
}

/**
 * Books credits, given or (if negative) taken, exactly once per idempotency key.
 *
 * @returns an error: 70003 (422) for a key that was used for another request, 30001 for a balance above 2^53 − 1
 */
export function addCredits(services: TenantServices, job: CreditJob, actor?: Actor): Promise<CreditResult | ApiError> {
  const { commit, ledger, idempotency, clock, report, queue, audit } = services;
  return commit.run((): CreditResult | ApiError => {
    const now = clock.now();
    const key = job.idempotency === null ? null : OPERATOR_PREFIX + job.idempotency.key;
    const known = key === null ? null : idempotency.get(key, now);
    if (known) {
      if (known.fingerprint !== job.idempotency?.fingerprint) {
        return apiError(70003, "This idempotency key was used for a different request", { status: 422 });
      }
      return { entry: JSON.parse(known.reply) as LedgerEntryView, replayed: true };
    }
    if (!Number.isSafeInteger(ledger.balance() + job.credits))
      return apiError(30001, "credits: the balance would exceed 9007199254740991");
    const entry = viewEntry(ledger.credit(job.credits, job.note, now));
    if (key !== null && job.idempotency) {
      const { fingerprint } = job.idempotency;
      const expires_at = now + IDEMPOTENCY_TTL_MS;
      idempotency.put({ key, fingerprint, reply: JSON.stringify(entry), expires_at });
      expectAging(services, true);
    }
    audit.enter(actor, { action: "credits.add", target: String(entry.entryId), after: entry });
    report.touch();
    void queue.arm();
    return { entry, replayed: false };
  });
}
