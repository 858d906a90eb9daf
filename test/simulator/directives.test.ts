import { describe, expect, it } from "vitest";
import { parsePlan } from "../../simulator/index.ts";
import { planFromPrompt } from "../../simulator/plan.ts";
import { accepted, finished, IMAGE, send, simulate, taskData, VIDEO } from "./simulator-client.ts";

describe("directives", () => {
  it("are parsed anywhere in a prompt", () => {
    expect(
      planFromPrompt('[[sim: fail="out of paint"]] a cat [[sim: delayMs=5000 file=truncated:9@50*2 thumbnail]]'),
    ).toEqual({
      end: "failed",
      failReason: "out of paint",
      queueMs: 1000,
      generateMs: 4000,
      file: [{ fault: { kind: "truncated", bytes: 9, delayMs: 50 }, times: 2 }],
      thumbnail: true,
    });
    expect(planFromPrompt("a cat in [[brackets]]")).toEqual({});
  });

  it.each([
    "fial=x",
    "bytes=many",
    "bytes=",
    "query=truncated",
    "generate=drop:5",
    "file=",
    "delayMs=-1",
  ])("with a mistake are an error: %s", (text) => {
    expect(() => parsePlan(text)).toThrow(TypeError);
  });

  it("set a task's duration and ending", async () => {
    const simulator = await simulate({ speed: 1000 });
    const prompt = '[[sim: queueMs=1000 generateMs=1000 reviewMs=1000 fail="Unsafe"]]';
    const taskId = await accepted(simulator, { ...VIDEO, prompt });
    const seen = [];
    for (let second = 0; second < 4; second++) {
      seen.push((await taskData(simulator, taskId)).taskStatus);
      simulator.advance(1000);
    }
    expect(seen).toEqual([0, 1, 4, 3]);
    expect(await taskData(simulator, taskId)).toMatchObject({ failReason: "Unsafe", prompt });
  });

  it("cancel a task or keep it running", async () => {
    const simulator = await simulate();
    expect((await finished(simulator, { ...IMAGE, prompt: "[[sim: cancel]]" })).taskStatus).toBe(5);
    expect(await finished(simulator, { ...IMAGE, prompt: "[[sim: never]]" })).toMatchObject({
      taskStatus: 1,
      progress: 99,
    });
  });

  it("download references, and fail the task if a download fails", async () => {
    const simulator = await simulate();
    const picture = `${simulator.url}/_sim/settings`;
    const task = (url: string) =>
      accepted(simulator, { ...VIDEO, prompt: "[[sim: fetchReferences]]", refImageUrls: [url] });
    const good = await task(picture);
    const bad = await task(`${simulator.url}/nothing`);
    await expect.poll(() => simulator.task(bad)?.status, { interval: 5 }).toBe(3);
    expect(simulator.task(bad)?.failReason).toContain("/nothing");
    await expect
      .poll(() => simulator.task(good)?.references, { interval: 5 })
      .toMatchObject([{ url: picture, status: 200 }]);
    expect((await send(picture)).bytes.length).toBe(simulator.task(good)?.references[0]?.bytes);
  });
});
