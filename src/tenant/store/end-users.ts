/** The rows of `end_users`: limits that the tenant set for an end user. One without limits has no row. */
import { Store } from "../../lib/store.ts";
import { ownerText } from "./task-filter.ts";

/** What an end user may do, over all of its tokens; null: no limit. Days and months are UTC. */
export interface EndUserLimits {
  readonly blocked: boolean;
  readonly dailyCredits: number | null;
  readonly monthlyCredits: number | null;
  readonly dailyTasks: number | null;
  readonly concurrentTasks: number | null;
}

/** The limits of an end user for whom none were set. */
const NO_LIMITS: EndUserLimits = {
  blocked: false,
  dailyCredits: null,
  monthlyCredits: null,
  dailyTasks: null,
  concurrentTasks: null,
};

/** An end user with its limits. */
export interface LimitedEndUser extends EndUserLimits {
  readonly endUser: string;
}

interface Row extends Record<string, SqlStorageValue> {
  readonly end_user: string;
  readonly blocked: number;
  readonly daily_credits: number | null;
  readonly monthly_credits: number | null;
  readonly daily_tasks: number | null;
  readonly concurrent_tasks: number | null;
}

const COLUMNS = "end_user, blocked, daily_credits, monthly_credits, daily_tasks, concurrent_tasks";

/** The smallest owner of `tasks` that is no end user (see `ownerText`): ";" follows ":". */
const AFTER_OWNERS = "end_user;";

/** The rows of `end_users`. */
export class EndUserStore extends Store {
  get(endUser: string): EndUserLimits {
    const row = this.first<Row>(`SELECT ${COLUMNS} FROM end_users WHERE end_user = ?`, endUser);
    return row ? limitsOf(row) : NO_LIMITS;
  }

  /** @returns the next end users in binary order that have limits or a block */
  limited(after: string, limit: number): LimitedEndUser[] {
    return this.all<Row>(
      `SELECT ${COLUMNS} FROM end_users WHERE end_user > ? ORDER BY end_user LIMIT ?`,
      after,
      limit,
    ).map((row) => ({ endUser: row.end_user, ...limitsOf(row) }));
  }

  /** Replaces the limits of an end user. Call it inside a transaction. */
  put(endUser: string, { blocked, dailyCredits, monthlyCredits, dailyTasks, concurrentTasks }: EndUserLimits): void {
    const limits = [dailyCredits, monthlyCredits, dailyTasks, concurrentTasks];
    if (!blocked && limits.every((limit) => limit === null)) {
      this.sql.exec("DELETE FROM end_users WHERE end_user = ?", endUser);
      return;
    }
    this.sql.exec(
      `INSERT OR REPLACE INTO end_users (${COLUMNS}) VALUES (?,?,?,?,?,?)`,
      endUser,
      blocked ? 1 : 0,
      ...limits,
    );
  }

  /**
   * Returns the next end users in binary order: those with limits, with usage, or with tasks that are not in usage yet. Each one
   * costs three look-ups in an index, however many there are.
   */
  names(after: string, limit: number): string[] {
    const names: string[] = [];
    while (names.length < limit) {
      const last = names.at(-1) ?? after;
      const from = ownerText({ column: "end_user", value: "" });
      const { next } = this.one<{ next: string | null }>(
        `SELECT MIN(name) AS next FROM (
             SELECT MIN(end_user) AS name FROM end_users WHERE end_user > ?
             UNION ALL SELECT MIN(end_user) FROM usage INDEXED BY usage_by_end_user WHERE end_user > ?
             UNION ALL SELECT SUBSTR(MIN(owner), ${from.length + 1}) FROM tasks INDEXED BY tasks_by_owner
               WHERE owner IS NOT NULL AND owner > ? AND owner < '${AFTER_OWNERS}')`,
        last,
        last,
        ownerText({ column: "end_user", value: last }),
      );
      if (next === null) break;
      names.push(next);
    }
    return names;
  }
}

function limitsOf(row: Row): EndUserLimits {
  return {
    blocked: row.blocked === 1,
    dailyCredits: row.daily_credits,
    monthlyCredits: row.monthly_credits,
    dailyTasks: row.daily_tasks,
    concurrentTasks: row.concurrent_tasks,
  };
}
