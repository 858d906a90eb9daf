import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { GroupCommit } from "../../src/lib/group-commit.ts";
import { tenantStub } from "../support/tenant-object.ts";
import { pass } from "../support/until.ts";

interface Bench {
  readonly commit: GroupCommit;
  readonly insert: (text: string) => () => string;
  readonly rows: () => string[];
  /** Durable writes waited for, and roll-backs told of. */
  readonly counts: { syncs: number; undone: number };
}

/**
 * Runs a test on the storage of an object of its own, with a table of texts.
 *
 * @param quietMs by default no write is ever so late that it counts as alone
 */
function onStorage(
  test: (bench: Bench) => Promise<void>,
  { lazyMs = 250, quietMs = Number.POSITIVE_INFINITY } = {},
): Promise<void> {
  return runInDurableObject(tenantStub(`group-commit ${crypto.randomUUID()}`), async (_instance, { storage }) => {
    storage.sql.exec("CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)");
    const counts = { syncs: 0, undone: 0 };
    const counted = new Proxy(storage, {
      get(target, name) {
        if (name === "sync") counts.syncs += 1;
        const member = Reflect.get(target, name, target) as unknown;
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    await test({
      commit: new GroupCommit(
        counted,
        () => {
          counts.undone += 1;
        },
        lazyMs,
        quietMs,
      ),
      insert: (text) => () => {
        storage.sql.exec("INSERT INTO texts (text) VALUES (?)", text);
        return text;
      },
      rows: () =>
        storage.sql
          .exec("SELECT text FROM texts ORDER BY id")
          .toArray()
          .map((row) => String(row.text)),
      counts,
    });
  });
}

/** Runs a test under a clock that stands still but for what the test lets pass, in ms. */
async function withClock(test: (pass: (ms: number) => void) => Promise<void>): Promise<void> {
  let now = 1_000_000;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now);
  const pass = (ms: number) => {
    now += ms;
  };
  await test(pass).finally(() => clock.mockRestore());
}

describe("a decision", () => {
  it("of one caller is made at once", () =>
    onStorage(async ({ commit, insert, rows, counts }) => {
      const pending = commit.run(insert("a"));
      expect(rows()).toEqual(["a"]);
      expect(await pending).toBe("a");
      expect(counts.syncs).toBe(1);
    }));

  it("of callers who come while a write is on its way is made for all of them together, in their order", () =>
    onStorage(async ({ commit, insert, rows, counts }) => {
      const first = commit.run(insert("first"));
      const others = Array.from({ length: 50 }, (_, index) => commit.run(insert(`other ${index}`)));
      expect(rows()).toEqual(["first"]);
      await first;
      expect(await Promise.all(others)).toHaveLength(50);
      expect(rows()).toEqual(["first", ...Array.from({ length: 50 }, (_, index) => `other ${index}`)]);
      await pass(20);
      expect(counts.syncs).toBe(2);
    }));

  it("that throws undoes its own writes alone, and the throw is its caller's alone", () =>
    onStorage(async ({ commit, insert, rows, counts }) => {
      const failing = () => {
        insert("half")();
        throw new Error("no");
      };
      const outcomes = await Promise.allSettled([
        commit.run(insert("before")),
        commit.run(insert("a")),
        commit.run(failing),
        commit.run(insert("a")),
        commit.run(insert("b")),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        "fulfilled",
        "fulfilled",
        "rejected",
        "rejected",
        "fulfilled",
      ]);
      expect(rows()).toEqual(["before", "a", "b"]);
      // Once for all together, and once for each of the two that threw again when they were alone.
      expect(counts.undone).toBe(3);
      expect(await commit.run(insert("after"))).toBe("after");
    }));

  it("that the disk refuses fails for all callers of its transaction, and for no others", () =>
    runInDurableObject(tenantStub(`group-commit ${crypto.randomUUID()}`), async (_instance, { storage }) => {
      storage.sql.exec("CREATE TABLE texts (text TEXT NOT NULL)");
      let depth = 0;
      let full = false;
      let undone = 0;
      const disk = new Proxy(storage, {
        get(target, name) {
          if (name === "sync") return () => (full ? Promise.reject(new Error("disk full")) : target.sync());
          if (name !== "transactionSync") return Reflect.get(target, name, target);
          return (work: () => unknown) =>
            target.transactionSync(() => {
              depth += 1;
              try {
                const value = work();
                if (full && depth === 1) throw new Error("disk full");
                return value;
              } finally {
                depth -= 1;
              }
            });
        },
      });
      const count = () => {
        undone += 1;
      };
      const commit = new GroupCommit(disk, count, 250, Number.POSITIVE_INFINITY);
      const insert = (text: string) => () => void storage.sql.exec("INSERT INTO texts VALUES (?)", text);
      const first = commit.run(insert("before"));
      full = true;
      const outcomes = await Promise.allSettled([first, commit.run(insert("a")), commit.run(insert("b"))]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
      expect(undone).toBe(3);
      full = false;
      await commit.run(insert("after"));
      expect(storage.sql.exec("SELECT text FROM texts").toArray()).toEqual([{ text: "before" }, { text: "after" }]);
    }));

  it("that reads sees what was decided before it in the same transaction", () =>
    onStorage(async ({ commit, insert, rows }) => {
      const results = await Promise.all([
        commit.run(insert("x")),
        commit.run(insert("y")),
        commit.run(() => rows().length),
        commit.run(insert("z")),
      ]);
      expect(results[2]).toBe(2);
    }));
});

describe("a write that is alone", () => {
  it("is not followed by a wait for the disk", () =>
    onStorage(
      async ({ commit, insert, rows, counts }) => {
        await commit.run(insert("1"));
        await commit.run(insert("2"));
        expect(rows()).toEqual(["1", "2"]);
        expect(counts.syncs).toBe(0);
      },
      { quietMs: 0 },
    ));

  it("is the first, and not one on its heels: that waits, and what comes meanwhile with it", () =>
    onStorage(
      async ({ commit, insert, rows, counts }) => {
        const first = commit.run(insert("1"));
        const second = commit.run(insert("2"));
        const others = [commit.run(insert("3")), commit.run(insert("4"))];
        expect(rows()).toEqual(["1", "2"]);
        expect(counts.syncs).toBe(1);
        await Promise.all([first, second, ...others]);
        expect(rows()).toEqual(["1", "2", "3", "4"]);
      },
      { quietMs: 3_600_000 },
    ));

  it("is not one that begins when the last has just ended, however long that took: others have their turn in between", () =>
    onStorage(
      ({ commit, insert, counts }) =>
        withClock(async (pass) => {
          for (let part = 0; part < 6; part += 1) {
            await commit.run(() => {
              pass(30);
              insert(`part ${part}`)();
            });
          }
          expect(counts.syncs).toBe(5);
          pass(5);
          await commit.run(insert("later"));
          expect(counts.syncs).toBe(5);
        }),
      { quietMs: 5 },
    ));

  it("is not one that several have waited for, however slow the disk was", () =>
    onStorage(
      ({ commit, insert, counts }) =>
        withClock(async (pass) => {
          await commit.run(insert("1"));
          const writes = [commit.run(insert("2")), commit.run(insert("3")), commit.run(insert("4"))];
          pass(1_000);
          await Promise.all(writes);
          expect(counts.syncs).toBe(2);
        }),
      { quietMs: 5 },
    ));
});

describe("a decision without hurry", () => {
  it("that comes while a write is on its way waits for company all the same", () =>
    onStorage(async ({ commit, insert, rows, counts }) => {
      const first = commit.run(insert("first"));
      const late = commit.later(insert("late"));
      await first;
      await pass(30);
      expect(rows()).toEqual(["first"]);
      await commit.run(insert("next"));
      await late;
      expect(rows()).toEqual(["first", "late", "next"]);
      expect(counts.syncs).toBe(2);
    }));

  it("is made after a moment", () =>
    onStorage(async ({ commit, insert, rows }) => {
      const pending = commit.later(insert("late"));
      expect(rows()).toEqual([]);
      expect(await pending).toBe("late");
      expect(rows()).toEqual(["late"]);
    }));

  it("is made in time also when the timer was started for one that did not need it", () =>
    onStorage(
      async ({ commit, insert, rows }) => {
        void commit.later(insert("1"));
        await pass(60);
        await commit.run(insert("2"));
        const late = commit.later(insert("3"));
        expect(rows()).toEqual(["1", "2"]);
        expect(await late).toBe("3");
      },
      { lazyMs: 100 },
    ));

  it("joins the next that is in a hurry, before it", () =>
    onStorage(async ({ commit, insert, rows, counts }) => {
      const late = [commit.later(insert("1")), commit.later(insert("2"))];
      const hurried = commit.run(insert("3"));
      expect(rows()).toEqual(["1", "2", "3"]);
      await Promise.all([...late, hurried]);
      await pass(30);
      expect(counts.syncs).toBe(1);
    }));

  it("is made for a reader who must see it, also while another write is on its way", () =>
    onStorage(async ({ commit, insert, rows }) => {
      const idle = commit.later(insert("1"));
      commit.flush();
      expect(rows()).toEqual(["1"]);
      const busy = commit.later(insert("2"));
      commit.flush();
      expect(rows()).toEqual(["1", "2"]);
      expect(await Promise.all([idle, busy])).toEqual(["1", "2"]);
      commit.flush();
      expect(rows()).toEqual(["1", "2"]);
    }));

  it("that throws rejects its caller's promise", () =>
    onStorage(async ({ commit, rows, counts }) => {
      const failing = commit.later(() => {
        throw new Error("no");
      });
      const outcome = await failing.catch((error: Error) => error.message);
      expect(outcome).toBe("no");
      expect({ rows: rows(), undone: counts.undone }).toEqual({ rows: [], undone: 1 });
    }));
});
