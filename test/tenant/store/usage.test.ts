/** Usage is paged: what a page reads is bounded by the page, and no sum depends on what is folded or where pages end. */
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { DAY_MS } from "../../../src/domain/calendar.ts";
import { firstTaskIdAt } from "../../../src/domain/task-id.ts";
import { migrate } from "../../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../../src/tenant/migrations.ts";
import { MetaStore } from "../../../src/tenant/store/meta.ts";
import {
  MAX_CUT,
  type UsageGroup,
  type UsageRow,
  type UsageRows,
  UsageStore,
} from "../../../src/tenant/store/usage.ts";
import { CREATED_AT } from "../../support/task-row.ts";
import { tenantStub } from "../../support/tenant-object.ts";

const TODAY = Math.floor(CREATED_AT / DAY_MS);
const ALL = { from: (TODAY - 400) * DAY_MS, to: (TODAY + 1) * DAY_MS - 1 };

/** Runs a test on a store, with a meter of the rows that its statements have read. */
function onStore(test: (store: UsageStore, sql: SqlStorage, rowsRead: () => number) => void): Promise<void> {
  return runInDurableObject(tenantStub(`usage ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, TENANT_MIGRATIONS);
    const { sql } = storage;
    const cursors: { readonly rowsRead: number }[] = [];
    const metered = Object.create(sql, {
      exec: {
        value: (statement: string, ...values: SqlStorageValue[]) => {
          const cursor = sql.exec(statement, ...values);
          cursors.push(cursor);
          return cursor;
        },
      },
    }) as SqlStorage;
    const rowsRead = () => cursors.splice(0).reduce((sum, cursor) => sum + cursor.rowsRead, 0);
    storage.transactionSync(() => test(new UsageStore(metered, new MetaStore(sql)), sql, rowsRead));
  });
}

/** Adds the hold of one task to the ledger, at a time of a day. */
function addEntry(sql: SqlStorage, { number, day, endUser }: { number: number; day: number; endUser: string | null }) {
  const id = firstTaskIdAt(day * DAY_MS) + number;
  sql.exec(
    "INSERT INTO ledger (entry_id, at, kind, credits, balance, task_id, key_id, model, end_user) VALUES (?,?,'hold',-3,0,?,?,'m',?)",
    id,
    day * DAY_MS,
    id,
    `key_${number % 3}`,
    endUser,
  );
}

/** Every page of a list, and what each has read. */
function pagesOf(store: UsageStore, group: UsageGroup, limit: number, rowsRead: () => number, range = ALL) {
  const pages: { rows: readonly UsageRow[]; read: number }[] = [];
  let after: string | number | null = null;
  do {
    rowsRead();
    const page: UsageRows | null = store.page(range, group, after, limit);
    if (page === null) throw new Error("too much is cut");
    const { rows, next } = page;
    pages.push({ rows, read: rowsRead() });
    after = next;
  } while (after !== null);
  return pages;
}

const END_USERS = 20_000;

/** Fills the sums as if 20,000 end users had been active on several days long ago. */
function fillEndUsers(sql: SqlStorage, days: number): void {
  sql.exec(
    `WITH RECURSIVE users (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM users WHERE n < ? - 1),
       days (d) AS (SELECT 1 UNION ALL SELECT d + 1 FROM days WHERE d < ?)
     INSERT INTO usage SELECT ? - d, 'key_1', 'm', printf('user %05d', n), 1, 2, 1, 0, 0 FROM users, days`,
    END_USERS,
    days,
    TODAY,
  );
}

it("a page of 20,000 end users reads rows in proportion to the page, wherever it is in the list", () =>
  onStore((store, sql, rowsRead) => {
    fillEndUsers(sql, 3);
    const pages = pagesOf(store, "endUser", 100, rowsRead);
    const rows = pages.flatMap((page) => page.rows);
    expect(rows).toHaveLength(END_USERS);
    expect(rows.every(({ tasks, credits }) => tasks === 3 && credits === 6)).toBe(true);
    for (const { read } of pages) expect(read).toBeLessThan(100 * 3 * 8);
  }));

it("a page looks at a bounded number of end users that have nothing in its range", () =>
  onStore((store, sql, rowsRead) => {
    fillEndUsers(sql, 3);
    sql.exec("UPDATE usage SET day = ? WHERE end_user = 'user 19999' AND day = ?", TODAY, TODAY - 1);
    const pages = pagesOf(store, "endUser", 100, rowsRead, { from: TODAY * DAY_MS, to: ALL.to });
    expect(pages.flatMap((page) => page.rows)).toMatchObject([{ value: "user 19999", tasks: 1 }]);
    for (const { read } of pages) expect(read).toBeLessThan(2_000 * 8);
  }));

it("a page ends at the end user whose rows are too many, and has all of them", () =>
  onStore((store, sql, rowsRead) => {
    sql.exec(
      `WITH RECURSIVE keys (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM keys WHERE k < 24999)
       INSERT INTO usage SELECT ?, 'key_' || k, 'm', 'ann', 1, 2, 1, 0, 0 FROM keys
       UNION ALL SELECT ?, 'key_' || k, 'm', 'bob', 1, 2, 1, 0, 0 FROM keys`,
      TODAY - 1,
      TODAY - 1,
    );
    const pages = pagesOf(store, "endUser", 100, rowsRead).filter(({ rows }) => rows.length > 0);
    expect(pages.map(({ rows }) => rows)).toMatchObject([
      [{ value: "ann", tasks: 25_000 }],
      [{ value: "bob", tasks: 25_000 }],
    ]);
  }));

it("totals, days, models and keys do not read a row for each end user", () =>
  onStore((store, sql, rowsRead) => {
    fillEndUsers(sql, 3);
    sql.exec(
      "INSERT INTO usage_totals SELECT day, key_id, model, SUM(tasks), SUM(credits), SUM(completed), 0, 0 FROM usage GROUP BY 1, 2, 3",
    );
    rowsRead();
    expect(store.total(ALL)).toMatchObject({ tasks: 3 * END_USERS, credits: 6 * END_USERS });
    expect(store.days(ALL)).toHaveLength(3);
    expect(store.page(ALL, "model", null, 10)?.rows).toMatchObject([{ value: "m", tasks: 3 * END_USERS }]);
    expect(store.page(ALL, "key", null, 10)?.rows).toMatchObject([{ value: "key_1", tasks: 3 * END_USERS }]);
    expect(rowsRead()).toBeLessThan(100);
  }));

it.each([1, 2, 7, 1_000])("sums are the same before and after folding, in pages of %i", (limit) =>
  onStore((store, sql, rowsRead) => {
    const names = [null, "ann", "Ann", "\uFFFD", "😀", "zoë", "z"];
    for (let number = 0; number < 700; number += 1) {
      addEntry(sql, { number, day: TODAY - (number % 5), endUser: names[number % 7] ?? null });
    }
    const cut = { from: (TODAY - 3) * DAY_MS, to: (TODAY - 1) * DAY_MS + 5 };
    const groups: UsageGroup[] = ["day", "model", "key", "endUser"];
    const everything = () =>
      [ALL, cut].map((range) =>
        groups.map((group) => pagesOf(store, group, limit, rowsRead, range).flatMap((page) => page.rows)),
      );
    const unfolded = everything();
    expect(unfolded[0]?.map((rows) => rows.length)).toEqual([5, 1, 3, 7]);
    store.fold();
    expect(everything()).toEqual(unfolded);
  }));

/** Adds holds to the ledger of one day, of so many end users in turn, and folds them. */
function fillDay(store: UsageStore, sql: SqlStorage, entries: number, endUsers: number, from = 0): void {
  const first = firstTaskIdAt(TODAY * DAY_MS) + from;
  sql.exec(
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1)
     INSERT INTO ledger (entry_id, at, kind, credits, balance, task_id, key_id, model, end_user)
     SELECT ? + i, 0, 'hold', -3, 0, ? + i, 'key_1', 'm', printf('user-%05d', i % ?) FROM n`,
    ...[entries, first, first, endUsers],
  );
  while (store.fold());
}

it("a day that the range cuts is added up once for all pages of it", () =>
  onStore((store, sql, rowsRead) => {
    fillDay(store, sql, 20_000, 500);
    const cut = { from: (TODAY - 3) * DAY_MS, to: (TODAY + 1) * DAY_MS - 2 };
    const pages = pagesOf(store, "endUser", 10, rowsRead, cut);
    expect(pages.length).toBeGreaterThanOrEqual(50);
    expect(pages.flatMap(({ rows }) => rows).map(({ tasks }) => tasks)).toEqual(Array.from({ length: 500 }, () => 40));
    expect(Math.max(...pages.slice(1).map(({ read }) => read))).toBeLessThan(10_000);
    // What comes later is not folded, and is counted all the same.
    addEntry(sql, { number: 30_000, day: TODAY, endUser: "user-00000" });
    expect(store.page(cut, "endUser", null, 1)?.rows).toMatchObject([{ value: "user-00000", tasks: 41 }]);
  }));

it("a range that cuts days with too many entries or groups is refused, and whole days are not", () =>
  onStore((store, sql, rowsRead) => {
    const groups = MAX_CUT.groups + 5_000;
    fillDay(store, sql, groups, groups);
    const cut = { from: TODAY * DAY_MS, to: (TODAY + 1) * DAY_MS - 2 };
    expect(store.page(cut, "endUser", null, 10)).toBeNull();
    expect(store.page(cut, "day", null, 10)).not.toBeNull();
    fillDay(store, sql, MAX_CUT.entries, 5, groups);
    rowsRead();
    expect(store.page(cut, "day", null, 10)).toBeNull();
    expect(rowsRead()).toBeLessThan(3 * MAX_CUT.entries);
    expect(store.page(ALL, "day", null, 10)?.rows).toMatchObject([{ tasks: groups + MAX_CUT.entries }]);
  }));

it("sums are right after a release that folds into `usage` alone", () =>
  onStore((store, sql) => {
    for (let number = 0; number < 300; number += 1) addEntry(sql, { number, day: TODAY, endUser: "ann" });
    store.fold();
    for (let number = 300; number < 600; number += 1) addEntry(sql, { number, day: TODAY, endUser: "ann" });
    // What the previous release does: its fold moves its own mark.
    sql.exec("UPDATE usage SET tasks = tasks + 100, credits = credits + 300");
    const newest = firstTaskIdAt(TODAY * DAY_MS) + 599;
    const again = new UsageStore(sql, new MetaStore(sql));
    sql.exec("UPDATE meta SET value = ? WHERE name = 'usage-upto'", String(newest));
    expect(again.total(ALL)).toMatchObject({ tasks: 600, credits: 1_800 });
    expect(again.page(ALL, "endUser", null, 10)?.rows).toMatchObject([{ value: "ann", tasks: 600, credits: 1_800 }]);
    again.fold();
    expect(again.total(ALL)).toMatchObject({ tasks: 600, credits: 1_800 });
  }));

it("what an end user used is the same before and after folding, and its look-up reads only its own rows", () =>
  onStore((store, sql, rowsRead) => {
    for (let number = 0; number < 300; number += 1) {
      addEntry(sql, { number, day: TODAY - (number % 2), endUser: number % 3 === 0 ? "ann" : `user ${number}` });
    }
    addEntry(sql, { number: 300, day: TODAY, endUser: null });
    const sumsOf = (endUser: string) => {
      const days = [...store.ofEndUser(endUser, TODAY - 1), ...store.unfoldedOfEndUsers()];
      const own = days.filter((sum) => sum.endUser === endUser);
      return own.map(({ day, tasks, credits }) => [day, tasks, credits]).toSorted();
    };
    const before = sumsOf("ann");
    expect(before).toEqual([
      [TODAY - 1, 50, 150],
      [TODAY, 50, 150],
    ]);
    const { length } = store.unfoldedOfEndUsers();
    expect(length).toBe(202);
    store.fold();
    expect(store.unfoldedOfEndUsers()).toEqual([]);
    expect(sumsOf("ann")).toEqual(before);
    rowsRead();
    expect(store.ofEndUser("user 1", TODAY - 1)).toHaveLength(1);
    expect(rowsRead()).toBeLessThan(10);
  }));
