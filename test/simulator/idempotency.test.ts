import { describe, expect, it } from "vitest";
import { generate, IMAGE, simulate } from "./simulator-client.ts";

describe("idempotency keys", () => {
  it("return the same task and charge once", async () => {
    const simulator = await simulate();
    const first = await generate(simulator, IMAGE, { idempotencyKey: "k" });
    const second = await generate(simulator, IMAGE, { idempotencyKey: "k" });
    expect(second.text).toBe(first.text);
    expect(simulator.stats()).toMatchObject({ submissions: 2, tasks: 1, charged: 1 });
    expect(simulator.stats().idempotencyKeys).toEqual([
      { account: "main", key: "k", seen: 2, tasks: 1, differentBodies: 0 },
    ]);
    expect(simulator.requests().map((request) => request.replayed)).toEqual([false, true]);
  });

  it("belong to the account, not to the master key", async () => {
    const simulator = await simulate({
      accounts: [
        { keys: ["sh-a", "sh-b"], credits: 9 },
        { keys: ["sh-c"], credits: 9 },
      ],
    });
    const ids = [];
    for (const key of ["sh-a", "sh-b", "sh-c"]) {
      ids.push((await generate(simulator, IMAGE, { key, idempotencyKey: "k" })).json().data);
    }
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[2]).not.toEqual(ids[0]);
  });

  it("return 10006 while the first request is running, even after its caller has left", async () => {
    const simulator = await simulate();
    simulator.fault({ on: "generate", fault: "slow:1000", times: 1 });
    await expect(generate(simulator, IMAGE, { idempotencyKey: "k", patienceMs: 50 })).rejects.toThrow("no response");
    expect((await generate(simulator, IMAGE, { idempotencyKey: "k" })).json().code).toBe(10006);
    expect((await generate(simulator, IMAGE, { idempotencyKey: "other" })).json().code).toBe(0);
    await expect.poll(() => simulator.stats().tasks, { interval: 10 }).toBe(2);
    const late = await generate(simulator, IMAGE, { idempotencyKey: "k" });
    expect(late.json()).toMatchObject({ code: 0, data: { taskId: 9007199254740994n } });
    expect(simulator.stats().tasks).toBe(2);
  });

  it("stay unused after a rejected submission", async () => {
    const simulator = await simulate();
    await generate(simulator, { ...IMAGE, size: "9K" }, { idempotencyKey: "k" });
    expect((await generate(simulator, IMAGE, { idempotencyKey: "k" })).json().code).toBe(0);
    expect(simulator.stats().idempotencyKeys[0]).toMatchObject({ seen: 2, tasks: 1, differentBodies: 1 });
  });

  it("are optional: every submission without one is a task", async () => {
    const simulator = await simulate();
    await generate(simulator, IMAGE);
    await generate(simulator, IMAGE);
    expect(simulator.stats()).toMatchObject({ tasks: 2, charged: 2 });
  });
});
