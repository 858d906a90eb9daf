/** What completed tasks earned and cost upstream, by day and model. */

/** Sums of one model: number of completed tasks, the tenant's credits for them, and the upstream's. */
export interface ModelEarnings {
  readonly tasks: number;
  readonly revenue: number;
  readonly cost: number;
}

/** One day (UTC), by model. */
export interface DayEarnings {
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly models: Readonly<Record<string, ModelEarnings>>;
}

/** What margins are grouped by. */
export const MARGIN_GROUPS = ["day", "tenant", "model"] as const;
/** One way to group margins. */
export type MarginGroup = (typeof MARGIN_GROUPS)[number];

/** A query of margins: whole days, both inclusive. */
export interface MarginQuery {
  readonly firstDay: number;
  readonly lastDay: number;
  readonly groupBy: MarginGroup;
  readonly tenantId: string | null;
  readonly model: string | null;
  readonly limit: number;
  /** The last value of the previous page, or null. */
  readonly after: string | null;
  /** True: the groups with the highest revenue instead, on one page. */
  readonly top: boolean;
}

/** Sums of one group. */
export interface MarginRow {
  /** A day number as text of fixed length, a tenantId or a model. */
  readonly value: string;
  /** Name of the tenant; null for other groups, and for a deleted tenant. */
  readonly name: string | null;
  readonly tasks: number;
  readonly revenue: number;
  readonly cost: number;
}

/** One page of margins, ordered by value; `next` is the value after which the next page begins, or null at the end. */
export interface MarginPage {
  readonly rows: readonly MarginRow[];
  readonly next: string | null;
}

/** @returns `one` + `factor` × `other`, by model; models without anything are left out */
export function addEarnings(
  one: DayEarnings["models"],
  other: DayEarnings["models"],
  factor: 1 | -1 = 1,
): Record<string, ModelEarnings> {
  const sums: Record<string, ModelEarnings> = { ...one };
  for (const [model, moved] of Object.entries(other)) {
    const known = sums[model] ?? { tasks: 0, revenue: 0, cost: 0 };
    const tasks = known.tasks + factor * moved.tasks;
    const revenue = known.revenue + factor * moved.revenue;
    const cost = exact(known.cost + factor * moved.cost);
    if (tasks === 0 && revenue === 0 && cost === 0) delete sums[model];
    else sums[model] = { tasks, revenue, cost };
  }
  return sums;
}

/** Rounds to the six decimals that a price has at most, so that sums of decimals show no error of binary fractions. */
export function exact(credits: number): number {
  return Math.round(credits * 1e6) / 1e6;
}
