/**
 * Events of this tenant for the operator (contract section 9), recorded in the transaction that causes them and sent
 * with the next reports until the Directory has them. Their numbers grow, so that the Directory takes each one once.
 */
import { HOUR_MS } from "../../domain/calendar.ts";
import { crossesBelow } from "../../domain/delivery.ts";
import { CAP_PERCENTS, type TenantNotice } from "../../domain/operator-event.ts";
import type { ReportedNotice } from "../../domain/tenant-report.ts";
import type { MetaStore } from "../store/meta.ts";

/** The row of `meta`: the last number given, what the Directory does not have yet, and when each type was recorded lately. */
interface Recorded {
  readonly last: number;
  readonly pending: readonly ReportedNotice[];
  /** ms since epoch; absent in a row of an earlier release. */
  readonly recent?: Readonly<Partial<Record<TenantNotice, readonly number[]>>>;
}

const NAME = "notices";
/** Most notices that wait; while the Directory is not reachable for longer, further ones are dropped. */
const MAX_PENDING = 20;
/** Most notices of one type in an hour; further ones are dropped, because a tenant can repeat what causes them at will. */
const MOST_AN_HOUR = 10;

/** Records events for the operator. Call its methods inside the transaction of the event. */
export class OperatorNotices {
  readonly #meta: MetaStore;
  readonly #added: () => void;

  /** @param added called when there is a notice to send */
  constructor(meta: MetaStore, added: () => void) {
    this.#meta = meta;
    this.#added = added;
  }

  /** @returns notices that the Directory does not have yet, oldest first */
  pending(): readonly ReportedNotice[] {
    return this.#read().pending;
  }

  /** Removes notices that the Directory has. @param upTo number of the last of them */
  sent(upTo: number): void {
    const recorded = this.#read();
    const pending = recorded.pending.filter(({ number }) => number > upTo);
    this.#meta.write<Recorded>(NAME, { ...recorded, pending });
  }

  /** Records a fall of the balance below the tenant's `lowBalance`. @param at ms since epoch */
  balanceMoved(before: number, after: number, at: number): void {
    const lowBalance = this.#meta.tenant()?.settings.lowBalance ?? null;
    if (crossesBelow(lowBalance, before, after)) this.#add("tenant.credits_low", at, { balance: after, lowBalance });
  }

  /** Records each part of the tenant's `monthlyCredits` that the month's spending reached. @param at ms since epoch */
  spendMoved(before: number, after: number, at: number): void {
    const cap = this.#meta.tenant()?.settings.monthlyCredits ?? null;
    if (cap === null) return;
    const crossed = CAP_PERCENTS.filter((percent) => before < (cap * percent) / 100 && after >= (cap * percent) / 100);
    for (const percent of crossed) this.#add("tenant.cap", at, { percent, spent: after, monthlyCredits: cap });
  }

  /** Records that a 410 turned the tenant's endpoint off. @param at ms since epoch */
  webhookDisabled(at: number): void {
    this.#add("tenant.webhook_disabled", at, {});
  }

  #add(type: TenantNotice, at: number, data: ReportedNotice["data"]): void {
    const { last, pending, recent = {} } = this.#read();
    const times = recent[type]?.filter((time) => at - time < HOUR_MS) ?? [];
    if (pending.length >= MAX_PENDING || times.length >= MOST_AN_HOUR) return;
    const notice = { number: last + 1, type, at, data };
    this.#meta.write<Recorded>(NAME, {
      last: notice.number,
      pending: [...pending, notice],
      recent: { ...recent, [type]: [...times, at] },
    });
    this.#added();
  }

  #read(): Recorded {
    return this.#meta.read(NAME) ?? { last: 0, pending: [] };
  }
}
