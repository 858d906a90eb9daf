import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayClient, RefusedError } from "../../scripts/gateway-client.ts";
import type { TaskView } from "../../simulator/index.ts";
import { World } from "../support/node/world.ts";
import { until } from "../support/until.ts";

const ACCOUNTS = [
  { name: "first", keys: ["sh-first-old", "sh-first-new"], credits: 10_000 },
  { name: "second", keys: ["sh-second"], credits: 10_000 },
];
const LONG = 30_000;

/** The reseller's accounts upstream, whose keys the gateway was given in order of preference. */
describe("the master keys", () => {
  let world: World;
  let client: GatewayClient;
  beforeAll(async () => {
    const settings = { SEEDHORSE_API_KEYS: "sh-first-old,sh-second", SUBMIT_TIMEOUT_MS: "1000" };
    world = await World.start(settings, { accounts: ACCOUNTS, speed: 5 });
    client = await world.tenant();
  });
  afterAll(() => world.stop());

  const body = (prompt: string) => ({ model: "Imagen Nano Banana 2", taskName: "t", type: "txt", prompt });
  const submit = async (prompt: string) => (await client.submit(body(prompt))).taskId;
  const upstream = (prompt: string): TaskView[] => world.simulator.tasks({ prompt });
  const accountsOf = (prompt: string) => upstream(prompt).map(({ account }) => account);
  const requestsFor = (prompt: string) => world.simulator.requests().filter((request) => request.body.includes(prompt));
  const keysUsedFor = (prompt: string) => requestsFor(prompt).map(({ key }) => key);
  const keysOf = (account: string, keys: string[]) => world.simulator.account({ name: account, keys });
  const restore = () => {
    for (const account of ACCOUNTS) world.simulator.account(account);
  };

  it("are used in order of preference, and a task is asked about with the one that submitted it", async () => {
    const task = await submit("preferred");
    expect((await client.untilEnded(task)).taskStatus).toBe(2);
    expect(accountsOf("preferred")).toEqual(["first"]);
    expect(world.simulator.stats().accounts.find(({ name }) => name === "second")).toMatchObject({ queries: 0 });
  });

  it("do not stand in for each other when an answer proves nothing", async () => {
    const faults = [
      "drop-after",
      "drop",
      "http:503",
      "http-after:500",
      "html",
      "cut-json",
      "code:10001",
      "slow-after:2000",
    ];
    await Promise.all(
      faults.map(async (fault) => {
        const prompt = `unproven ${fault} `;
        const task = await submit(`${prompt} [[sim: generate=${fault}*1]]`);
        expect((await client.untilEnded(task, { limitMs: LONG })).taskStatus, fault).toBe(2);
        expect(accountsOf(prompt), fault).toEqual(["first"]);
        expect(new Set(keysUsedFor(prompt)), fault).toEqual(new Set(["sh-first-old"]));
      }),
    );
  });

  describe("when one is refused, and then all are", () => {
    let running: number;
    let uncertain: number;
    let refusedAt: number;

    it("stand in for it under the same idempotency key, but not where something may have been accepted", async () => {
      running = await submit("made by the first [[sim: delayMs=9000]]");
      // Accepted, without the gateway knowing; by the time of its next attempt its key is refused.
      uncertain = await submit("refused later [[sim: generate=drop-after*1]]");
      keysOf("first", []);
      refusedAt = Date.now();
      const standIn = await submit("made by the second");
      expect(accountsOf("made by the second")).toEqual(["second"]);
      const requests = requestsFor("made by the second");
      expect(requests.map(({ key }) => key)).toEqual(["sh-first-old", "sh-second"]);
      expect(new Set(requests.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
      // Pinned: the first could not be asked about it.
      expect((await client.untilEnded(standIn)).taskStatus).toBe(2);
      // By now it is known that the first is refused, and nothing is sent there in vain.
      await submit("straight to the second");
      expect(keysUsedFor("straight to the second")).toEqual(["sh-second"]);
    });

    it("turn new tasks away, keep those that were answered, and are used again within 30 s", async () => {
      const kept = await submit("kept [[sim: generate=http:503*1]]");
      world.simulator.account({ name: "second", credits: 0 });
      const refusal = client.submit(body("turned away"));
      await expect(refusal).rejects.toBeInstanceOf(RefusedError);
      await expect(refusal).rejects.toMatchObject({ status: 503, code: 10001 });
      expect((await client.query(kept)).taskStatus).toBe(0);
      expect((await client.query(running)).taskStatus).toBeLessThan(2);
      restore();
      let attempt = 0;
      const isBack = async () => {
        attempt += 1;
        // Refused, or taken by the second.
        await submit(`try ${attempt} `).catch(() => {});
        return accountsOf(`try ${attempt} `).join() === "first";
      };
      await until("the first account's return", isBack, refusedAt + 30_000 - Date.now(), 500);
      for (const taskId of [running, uncertain, kept]) {
        expect((await client.untilEnded(taskId, { limitMs: LONG })).taskStatus).toBe(2);
      }
      expect(accountsOf("refused later")).toEqual(["first"]);
      expect(new Set(keysUsedFor("refused later"))).toEqual(new Set(["sh-first-old"]));
      expect(accountsOf("kept")).toEqual(["second"]);
      expect(accountsOf("turned away")).toEqual([]);
    });
  });

  it("may be exchanged while tasks run: a new key of the same account goes on with what the old one began", async () => {
    const began = await submit("begun under the old key [[sim: delayMs=4000]]");
    const fault = world.simulator.fault({ on: "generate", fault: "drop-after", match: { prompt: "perhaps" } });
    const perhaps = await submit("perhaps accepted");
    await world.crash();
    world.simulator.clearFaults(fault.id);
    await world.restart({ SEEDHORSE_API_KEYS: "sh-first-new,sh-second" });
    keysOf("first", ["sh-first-new"]);
    expect((await client.untilEnded(began, { limitMs: LONG })).taskStatus).toBe(2);
    expect(accountsOf("begun under the old key")).toEqual(["first"]);
    // What became of this one only the old key can say: under another it might be charged twice.
    expect((await client.query(perhaps)).taskStatus).toBe(0);
    expect(new Set(keysUsedFor("perhaps accepted"))).toEqual(new Set(["sh-first-old"]));
  });
});
