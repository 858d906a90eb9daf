import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { download, type GatewayClient, type Submission } from "../../scripts/gateway-client.ts";
import { World } from "../support/node/world.ts";

/** What each task is doing when the machine dies; the prompt's directives hold it there. */
const MOMENTS = {
  finished: "finished before [[sim: delayMs=100]]",
  "submitting, accepted upstream": "unheard yes [[sim: generate=hang-after*2 delayMs=500]]",
  "submitting, not accepted upstream": "unheard of [[sim: generate=hang-before*2 delayMs=500]]",
  running: "half done [[sim: delayMs=9000]]",
  copying: "half copied [[sim: delayMs=100 file=trickle:30000*2]]",
} as const;
type Moment = keyof typeof MOMENTS;

describe("a power cut", () => {
  let world: World;
  let client: GatewayClient;
  beforeAll(async () => {
    world = await World.start({ SUBMIT_TIMEOUT_MS: "700" });
    client = await world.tenant();
  });
  afterAll(() => world.stop());

  const body = (moment: Moment) => ({
    model: "Seedance 2.0",
    taskName: moment,
    type: "img_txt",
    prompt: MOMENTS[moment],
  });
  const headers = (moment: Moment) => ({ "x-idempotency-key": `key of ${moment.replace(",", "")}` });
  const isCopying = async (before: number) => {
    const [file] = await world.filesMadeFor(MOMENTS.copying);
    return file !== undefined && file.requests > before && file.completeDownloads === 0;
  };

  it("in the middle of submitting, running and copying loses no task, no file and no credit", async () => {
    const moments = Object.keys(MOMENTS) as Moment[];
    const submitted = new Map<Moment, Submission>();
    await Promise.all(
      moments.map(async (moment) => submitted.set(moment, await client.submit(body(moment), headers(moment)))),
    );
    const taskIdOf = (moment: Moment) => submitted.get(moment)?.taskId ?? 0;
    await client.untilEnded(taskIdOf("finished"), { everyMs: 50 });
    await expect.poll(() => isCopying(0), { timeout: 10_000 }).toBe(true);
    await expect.poll(async () => (await client.query(taskIdOf("running"))).progress, { timeout: 10_000 }).not.toBe(0);
    // Both were sent, neither got a response: a second attempt hangs too.
    expect(world.simulator.stats().submissions).toBeGreaterThanOrEqual(moments.length);
    expect(world.simulator.stats().tasks).toBe(moments.length - 1);

    await world.crash();
    await world.restart();
    // And once more as soon as there is work again.
    await expect.poll(() => isCopying(1), { timeout: 20_000 }).toBe(true);
    await world.crash();
    await world.restart();

    for (const moment of moments) {
      const { taskId, resultUrls } = submitted.get(moment) ?? { taskId: 0, resultUrls: [] };
      const task = await client.untilEnded(taskId, { limitMs: 60_000 });
      expect(task, moment).toMatchObject({ taskStatus: 2, results: [{ fileUrl: resultUrls[0], mirrored: true }] });
      const [made] = await world.filesMadeFor(MOMENTS[moment]);
      expect((await download(resultUrls[0] ?? "")).sha256, moment).toBe(made?.sha256);
      expect((await client.submit(body(moment), headers(moment))).taskId, moment).toBe(taskId);
    }
    const charges = world.simulator.ledger().map(({ taskId }) => taskId);
    expect(charges).toHaveLength(moments.length);
    expect(new Set(charges).size).toBe(moments.length);
  });
});
