/** A tenant's monthly statement: the ledger of one calendar month (UTC), summed. */

/** One line of a statement. All lines sum to the difference of its balances. */
export interface StatementLine {
  /** `2026-11-22` (UTC). */
  readonly day: string;
  /** `charge`: tasks of one model on one day, refunds included. `credit`: one entry of the operator. */
  readonly kind: "charge" | "credit";
  /** Null for a credit. */
  readonly model: string | null;
  /** Number of accepted tasks; 0 for a credit. */
  readonly tasks: number;
  /** What the line adds to the balance. */
  readonly credits: number;
  /** Null for a charge, and for a line that sums up earlier credits. */
  readonly entryId: number | null;
  readonly note: string | null;
}

/** A statement. Times are ISO 8601. */
export interface Statement {
  readonly tenantId: string;
  readonly name: string;
  /** `2026-11`. */
  readonly month: string;
  readonly from: string;
  /** The last moment of the month; for the running month the time of the response. */
  readonly to: string;
  /** False for the running month, whose figures still change. */
  readonly closed: boolean;
  readonly openingBalance: number;
  /** Sum of all charges: at most 0 unless refunds of earlier months exceed it. */
  readonly charges: number;
  /** Sum of all credits of the operator, deductions included. */
  readonly credits: number;
  readonly closingBalance: number;
  /** Number of accepted tasks. */
  readonly tasks: number;
  readonly lines: readonly StatementLine[];
}

/** A calendar month (UTC) as times in ms since epoch, `to` inclusive. */
export interface Month {
  /** `2026-11`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** @returns the month of a text such as `2026-11`, or null for any other text */
export function parseMonth(text: string): Month | null {
  const [, year = "", month = ""] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? [];
  const from = Date.parse(`${year}-${month}-01T00:00:00Z`);
  if (Number.isNaN(from)) return null;
  const next = new Date(from);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return { name: text, from, to: next.getTime() - 1 };
}
