/** The Playground's price and its press: what is shown, asked again, and sent once. */
import { describe, expect, it } from "vitest";
import { type Estimate, PAUSE_MS, type Price, PriceWatch } from "../../pages/portal/playground/price.ts";
import { randomKey, Submitter } from "../../pages/portal/playground/submit.ts";

/** A gateway whose answers the test gives, and a clock that stands still. */
function world() {
  const asked: {
    text: string;
    answer: (estimate: Estimate) => Promise<void>;
    fail: (error: unknown) => Promise<void>;
  }[] = [];
  const shown: Price[] = [];
  let waiting: (() => void)[] = [];
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await null;
  };
  const watch = new PriceWatch({
    estimate: (text) =>
      new Promise((resolve, reject) => {
        asked.push({
          text,
          answer: (estimate) => {
            resolve(estimate);
            return settle();
          },
          fail: (error) => {
            reject(error);
            return settle();
          },
        });
      }),
    changed: (price) => shown.push(price),
    later: (run, ms) => {
      expect(ms).toBe(PAUSE_MS);
      waiting.push(run);
      return () => {
        waiting = waiting.filter((one) => one !== run);
      };
    },
  });
  const pass = () => {
    const due = waiting;
    waiting = [];
    for (const run of due) run();
  };
  const known = async (text: string, estimate: Estimate) => {
    watch.change(text);
    pass();
    await asked.at(-1)?.answer(estimate);
  };
  return { watch, asked, shown, pass, known, waiting: () => waiting.length };
}
const costs = (estimatedCredits: number, affordable = true): Estimate => ({ estimatedCredits, affordable });

describe("the price", () => {
  it("is asked once after typing, and is that of the last text", async () => {
    const { watch, asked, pass } = world();
    for (const text of ["a", "ab", "abc"]) watch.change(text);
    expect(asked).toEqual([]);
    expect(watch.price).toEqual({ kind: "asking", last: null });
    pass();
    expect(asked.map(({ text }) => text)).toEqual(["abc"]);
    await asked[0]?.answer(costs(5));
    expect(watch.price).toEqual({ kind: "known", credits: 5, affordable: true, before: null });
  });

  it("of an older form is dropped, whenever it arrives", async () => {
    const { watch, asked, pass } = world();
    watch.change("old");
    pass();
    watch.change("new");
    await asked[0]?.answer(costs(1));
    expect(watch.price.kind).toBe("asking");
    pass();
    await asked[1]?.answer(costs(2));
    expect(watch.price).toMatchObject({ credits: 2 });
  });

  it("of an older form that fails is dropped too", async () => {
    const { watch, asked, pass } = world();
    watch.change("old");
    pass();
    watch.change("new");
    pass();
    await asked[1]?.answer(costs(2));
    await asked[0]?.fail(new Error("late"));
    expect(watch.price).toMatchObject({ kind: "known", credits: 2 });
  });

  it("is none for a form that is not valid, also when an answer arrives later", async () => {
    const { watch, asked, pass, waiting } = world();
    watch.change("a");
    pass();
    watch.change(null);
    await asked[0]?.answer(costs(1));
    expect(watch.price).toEqual({ kind: "none" });
    watch.change("b");
    watch.change(null);
    expect(waiting()).toBe(0);
  });

  it("shows why it is not known, and is asked again on demand", async () => {
    const { watch, asked, pass } = world();
    const error = new Error("model disabled");
    watch.change("a");
    pass();
    await asked[0]?.fail(error);
    expect(watch.price).toEqual({ kind: "failed", error });
    expect(await watch.confirm()).toBeNull();
    watch.retry();
    await asked[1]?.answer(costs(3));
    expect(watch.price).toMatchObject({ kind: "known", credits: 3 });
  });

  it("is not asked again for the same text", async () => {
    const { watch, asked, known, pass } = world();
    await known("a", costs(3));
    watch.change("a");
    pass();
    expect(asked).toHaveLength(1);
    expect(watch.price.kind).toBe("known");
  });
});

describe("the press", () => {
  it("before the price is known sends nothing and asks nothing", async () => {
    const { watch, asked, pass } = world();
    watch.change("a");
    expect(await watch.confirm()).toBeNull();
    pass();
    expect(await watch.confirm()).toBeNull();
    expect(asked).toHaveLength(1);
  });

  it("confirms a price that is still the same", async () => {
    const { watch, asked, known } = world();
    await known("a", costs(5));
    const confirmed = watch.confirm();
    await asked[1]?.answer(costs(5));
    expect(await confirmed).toEqual({ text: "a", credits: 5 });
  });

  it.each([6, 4])("shows a price that has changed to %i, and is needed again", async (price) => {
    const { watch, asked, known } = world();
    await known("a", costs(5));
    const first = watch.confirm();
    await asked[1]?.answer(costs(price));
    expect(await first).toBeNull();
    expect(watch.price).toEqual({ kind: "known", credits: price, affordable: true, before: 5 });
    const second = watch.confirm();
    await asked[2]?.answer(costs(price));
    expect(await second).toEqual({ text: "a", credits: price });
  });

  it("sends nothing that cannot be paid, also if that shows only now", async () => {
    const { watch, asked, known } = world();
    await known("a", costs(5, false));
    expect(await watch.confirm()).toBeNull();
    await known("b", costs(5));
    const confirmed = watch.confirm();
    await asked.at(-1)?.answer(costs(5, false));
    expect(await confirmed).toBeNull();
    expect(watch.price).toMatchObject({ affordable: false });
  });

  it("sends nothing if the form changes meanwhile, or the estimate fails", async () => {
    const { watch, asked, known } = world();
    await known("a", costs(5));
    const changed = watch.confirm();
    watch.change("b");
    await asked[1]?.answer(costs(5));
    expect(await changed).toBeNull();
    await known("c", costs(5));
    const failed = watch.confirm();
    await asked.at(-1)?.fail(new Error("offline"));
    expect(await failed).toBeNull();
    expect(watch.price.kind).toBe("failed");
  });

  it("confirms once when it comes twice", async () => {
    const { watch, asked, known } = world();
    await known("a", costs(5));
    const both = [watch.confirm(), watch.confirm()];
    await asked[1]?.answer(costs(5));
    await asked[2]?.answer(costs(5));
    expect((await Promise.all(both)).filter((one) => one !== null)).toHaveLength(1);
  });
});

describe("a submission", () => {
  const failure = (status: number) => Object.assign(new Error(String(status)), { status });
  function submitter(outcomes: (number | "ok")[]) {
    const keys: string[] = [];
    let made = 0;
    const parts = {
      post: async (_: string, key: string) => {
        keys.push(key);
        const outcome = outcomes.shift() ?? "ok";
        if (outcome !== "ok") throw failure(outcome);
        return { taskId: 1, estimatedCredits: 5 };
      },
      newKey: () => {
        made += 1;
        return `key ${made}`;
      },
      wait: async () => {},
    };
    return { submitter: new Submitter(parts), keys };
  }

  it("is repeated under the same key while its outcome is not known", async () => {
    const { submitter: one, keys } = submitter([0, 503, 409, "ok"]);
    expect(await one.submit("a")).toMatchObject({ taskId: 1 });
    expect(keys).toEqual(["key 1", "key 1", "key 1", "key 1"]);
    expect(one.isOpen("a")).toBe(false);
  });

  it("keeps its key for the next press of the same form if its outcome never became known", async () => {
    const { submitter: one, keys } = submitter([0, 0, 0, 0, "ok"]);
    await expect(one.submit("a")).rejects.toMatchObject({ status: 0 });
    expect(one.isOpen("a")).toBe(true);
    await one.submit("a");
    expect(new Set(keys)).toEqual(new Set(["key 1"]));
    await one.submit("a");
    expect(keys.at(-1)).toBe("key 2");
  });

  it.each([
    400, 402, 403, 422, 429, 507,
  ])("is not repeated after %i, and the next one has a new key", async (status) => {
    const { submitter: one, keys } = submitter([status]);
    await expect(one.submit("a")).rejects.toMatchObject({ status });
    await one.submit("a");
    expect(keys).toEqual(["key 1", "key 2"]);
  });

  it("has a key of 32 hex digits of its own", () => {
    expect(randomKey()).toMatch(/^[0-9a-f]{32}$/);
    expect(randomKey()).not.toBe(randomKey());
  });
});
