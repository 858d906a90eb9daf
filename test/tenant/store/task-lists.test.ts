/** Lists of tasks walk an index for each filter and look at a bounded number of rows a page. */
import { describe, expect, it } from "vitest";
import { PHASE, STATUS, type TaskRow } from "../../../src/domain/task.ts";
import type { TaskFilter } from "../../../src/tenant/store/task-filter.ts";
import { NO_FILTER, onRows, pagesOf, spyOn } from "../../support/task-store.ts";

const ENDED = { phase: PHASE.ended, due_at: null } as const;

describe("a list of tasks", () => {
  const models = ["A", "B"];
  const statuses = [
    STATUS.queuing,
    STATUS.generating,
    STATUS.completed,
    STATUS.failed,
    STATUS.review,
    STATUS.cancelled,
  ];
  const owners = [null, "end_user:ann", "key_id:key_1"];
  const rows = Array.from({ length: 180 }, (_, index): Partial<TaskRow> => {
    const status = statuses[index % 6] ?? 0;
    const isEnded = status === STATUS.completed || status === STATUS.failed || status === STATUS.cancelled;
    return {
      status,
      model: models[index % 5 === 0 ? 1 : 0] ?? "",
      owner: owners[index % 3] ?? null,
      deleted_at: index % 7 === 3 && isEnded ? 1 : null,
      ...(isEnded ? ENDED : { phase: PHASE.running, due_at: 1 }),
    };
  });
  const filters = [null, ...statuses].flatMap((status) =>
    [null, ...models, "C"].flatMap((model) =>
      [null, { column: "end_user", value: "ann" } as const, { column: "token_id", value: "none" } as const].map(
        (owner) => ({ status, model, owner }),
      ),
    ),
  );

  it("has exactly the tasks that the filters let through, newest first, for every combination and page size", () =>
    onRows(rows, (store) => {
      for (const filter of filters) {
        const owner = filter.owner && `${filter.owner.column}:${filter.owner.value}`;
        const expected = rows.flatMap((row, index) => {
          const isIn =
            row.deleted_at === null &&
            (filter.status === null || row.status === filter.status) &&
            (filter.model === null || row.model === filter.model) &&
            (owner === null || row.owner === owner);
          return isIn ? [index + 1] : [];
        });
        for (const limit of [1, 7, 200]) {
          const pages = pagesOf(store, filter, limit);
          expect(pages.flat(), JSON.stringify({ ...filter, limit })).toEqual(expected.toReversed());
          expect(pages.every((page) => page.length <= limit)).toBe(true);
        }
        const { ids } = store.list({ ...NO_FILTER, ...filter, firstId: 40, lastId: 90 }, 200);
        expect(ids).toEqual(expected.filter((id) => id >= 40 && id <= 90).toReversed());
      }
    }));

  it("reads at most two thousand rows per page, and returns where the next page begins", () => {
    const many = Array.from({ length: 4_500 }, (_, index) => ({
      ...ENDED,
      status: 2,
      model: index < 3 ? "B" : "A",
      owner: "end_user:ann",
    }));
    return onRows(many, (store, sql) => {
      const owner = { column: "end_user", value: "ann" } as const;
      let read = 0;
      const counted = spyOn(sql, (cursor) => {
        read = cursor.rowsRead;
      });
      const first = counted.list({ ...NO_FILTER, owner, model: "B" }, 20);
      expect(first).toEqual({ ids: [], next: 2_501 });
      // A row of the index and one of the table each.
      expect(read).toBeLessThanOrEqual(4_000);
      expect(pagesOf(store, { owner, model: "B" }, 20)).toEqual([[], [], [3, 2, 1]]);
    });
  });

  it("finds completed tasks of several models without reading newer ones that still run", () => {
    const running = Array.from({ length: 1_500 }, () => ({
      phase: PHASE.running,
      status: STATUS.generating,
      due_at: 1,
    }));
    const completed = ["B", "A", "C", "A"].map((model) => ({ ...ENDED, status: STATUS.completed, model }));
    return onRows([...completed, { ...ENDED, status: STATUS.failed, model: "D" }, ...running], (_store, sql) => {
      let read = 0;
      const counted = spyOn(sql, (cursor) => {
        read += cursor.rowsRead;
      });
      const list = (before: number | null) => counted.list({ ...NO_FILTER, status: STATUS.completed, before }, 2);
      expect(list(null)).toEqual({ ids: [4, 3], next: 3 });
      expect(list(3)).toEqual({ ids: [2, 1], next: null });
      expect(read).toBeLessThan(100);
    });
  });

  it("searches at most 64 Ki characters of requests per page, and finds the rest on the next ones", () => {
    const filler = "x".repeat(3_000);
    const many = Array.from({ length: 50 }, (_, index) => ({
      ...ENDED,
      status: 2,
      request: JSON.stringify({ prompt: index === 2 ? "needle" : filler }),
    }));
    return onRows(many, (store) => {
      const pages = pagesOf(store, { q: "needle" }, 20);
      expect(pages).toEqual([[], [], [3]]);
    });
  });

  it("does not search the texts of tasks that other filters leave out", () => {
    const large = { ...ENDED, request: JSON.stringify({ prompt: "x".repeat(200_000) }) };
    const rows = [{ ...ENDED, status: 2, request: '{"prompt":"needle"}' }, ...Array(50).fill({ ...large, status: 3 })];
    return onRows(rows, (store) => {
      expect(pagesOf(store, { q: "needle", status: 2 }, 20)).toEqual([[1]]);
    });
  });

  it("finds text literally in prompts and names, in any case and script, and nowhere else", () => {
    const requests = [
      { prompt: "50% off_now", taskName: "Straße" },
      { prompt: "STRASSE", taskName: "" },
      { prompt: "ΟΔΟΣ οδος" },
      { prompt: 'a "quoted" \\ text', taskName: "Cafe\u0301" },
      { prompt: 42, taskName: null, negativePrompt: "hidden" },
      {},
    ];
    const rows = requests.map((request) => ({ ...ENDED, status: 2, request: JSON.stringify(request) }));
    return onRows([...rows, { ...ENDED, status: 2, deleted_at: 1, request: "{}" }], (store) => {
      const found = (q: string) => store.list({ ...NO_FILTER, q }, 20).ids;
      expect(found("straße")).toEqual([2, 1]);
      expect(found("50% OFF_")).toEqual([1]);
      expect(found("5_%")).toEqual([]);
      expect(found("Οδός".normalize("NFD").replace(/\p{M}/gu, ""))).toEqual([3]);
      expect(found('"QUOTED" \\')).toEqual([4]);
      expect(found("CAFÉ")).toEqual([4]);
      expect(found("hidden")).toEqual([]);
      expect(found("42")).toEqual([]);
      expect(found("")).toEqual([4, 3, 2, 1]);
    });
  });

  it("filters by end user and by metadata, whatever characters a key has", () => {
    const pairs = [{ order: "1" }, { order: "1", 'a.b"$[0]': "x" }, { order: "2" }, { __proto__x: "1" }, {}];
    const rows = pairs.map((metadata, index) => ({
      ...ENDED,
      status: 2,
      metadata: JSON.stringify(metadata),
      owner: index % 2 === 0 ? "end_user:ann" : "end_user:bob",
    }));
    return onRows([...rows, { ...ENDED, status: 2, metadata: '{"__proto__":"p"}' }], (store) => {
      const found = (filter: Partial<TaskFilter>) => store.list({ ...NO_FILTER, ...filter }, 20).ids;
      expect(found({ metadata: [["order", "1"]] })).toEqual([2, 1]);
      expect(
        found({
          metadata: [
            ["order", "1"],
            ['a.b"$[0]', "x"],
          ],
        }),
      ).toEqual([2]);
      expect(found({ metadata: [["__proto__", "p"]] })).toEqual([6]);
      expect(found({ metadata: [["toString", ""]] })).toEqual([]);
      expect(found({ endUser: "ann" })).toEqual([5, 3, 1]);
      expect(found({ endUser: "ann", metadata: [["order", "2"]] })).toEqual([3]);
      expect(found({ endUser: "ann", owner: { column: "end_user", value: "ann" } })).toEqual([5, 3, 1]);
      expect(found({ endUser: "ann", owner: { column: "end_user", value: "bob" } })).toEqual([]);
      expect(found({ endUser: "key_1", owner: { column: "key_id", value: "key_1" } })).toEqual([]);
    });
  });

  it("does not look again at what retention has deleted", () => {
    const deleted = { ...ENDED, status: 2, deleted_at: 1 };
    return onRows([...Array.from({ length: 4_500 }, () => deleted), { ...ENDED, status: 2 }], (store) => {
      expect(pagesOf(store, {}, 20)).toHaveLength(3);
      store.noteKeptFrom();
      expect(pagesOf(store, {}, 20)).toEqual([[4_501]]);
      expect(store.ended(9_999, 10)).toEqual([4_501]);
    });
  });

  it("never sorts and never scans the table: each filter is a walk of an index", () =>
    onRows([], (store, sql) => {
      const statements: [string, SqlStorageValue[]][] = [];
      const spy = spyOn(sql, (_, statement, values) => statements.push([statement, values]));
      const pairs = [["a", "b"]] as const;
      const more = [
        {},
        { q: "x" },
        { metadata: pairs },
        { endUser: "ann", q: "x" },
        { keyId: "k" },
        { keyId: "k", metadata: pairs },
      ];
      for (const filter of filters) for (const one of more) spy.list({ ...NO_FILTER, ...filter, ...one }, 10);
      for (const [statement, values] of statements) {
        const plan = sql.exec(`EXPLAIN QUERY PLAN ${statement}`, ...values).toArray();
        for (const { detail } of plan) expect(String(detail)).not.toMatch(/USE TEMP B-TREE|SCAN tasks$/);
      }
      expect(store.list(NO_FILTER, 10)).toEqual({ ids: [], next: null });
    }));
});
