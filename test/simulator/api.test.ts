import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../simulator/index.ts";
import { accepted, finished, generate, IMAGE, query, send, simulate, taskData, VIDEO } from "./simulator-client.ts";

describe("submitting", () => {
  it("returns a task id past 2^53 as a JSON integer", async () => {
    const simulator = await simulate();
    const response = await generate(simulator, VIDEO);
    expect(response.status).toBe(200);
    expect(response.text).toMatch(
      /^\{"code":0,"data":\{"estimatedCredits":7,"taskId":9007199254740993,"taskNo":"[0-9a-f]{32}"\},"msg":"success","ok":true\}$/,
    );
    expect(await accepted(simulator, VIDEO)).toBe("9007199254740994");
  });

  it("starts task ids at firstTaskId", async () => {
    expect(await accepted(await simulate({ firstTaskId: "9034" }), IMAGE)).toBe("9034");
  });

  it("requires credentials", async () => {
    const simulator = await simulate();
    const url = `${simulator.url}/api/v1/task/generate`;
    const anonymous = await send(url, { method: "POST", body: "{}" });
    expect([anonymous.status, anonymous.text]).toEqual([
      401,
      '{"code":20001,"msg":"Not logged in or login expired","ok":false,"data":null}',
    ]);
    const foreign = await generate(simulator, IMAGE, { key: "sh-nobody" });
    expect([foreign.status, foreign.json().code]).toEqual([401, 20008]);
    expect(simulator.stats().tasks).toBe(0);
  });

  it("sends errors with the configured HTTP statuses", async () => {
    const simulator = await simulate({ authStatus: 200, businessStatus: 400 });
    expect((await generate(simulator, IMAGE, { key: "sh-nobody" })).status).toBe(200);
    expect((await generate(simulator, { ...IMAGE, model: "Other" })).status).toBe(400);
  });

  it("returns an envelope for unknown paths and methods", async () => {
    const { url } = await simulate();
    expect((await send(`${url}/api/v1/other`)).json()).toMatchObject({ code: 404, ok: false });
    expect((await send(`${url}/api/v1/task/generate`)).json()).toMatchObject({ code: 405, ok: false });
  });
});

describe("querying", () => {
  it("returns every documented field in the documented order and value for a plain video", async () => {
    const simulator = await simulate();
    const data = await finished(simulator, {
      ...VIDEO,
      durationSeconds: 5,
      resolution: "720p",
      negativePrompt: "dogs",
    });
    expect(Object.keys(data)).toEqual(
      (
        "aspectRatio createTime durationSeconds failReason genMethod generateAudio imageCount modelId negativePrompt " +
        "progress prompt quality refAudioUrls refImageUrls refVideoUrls resolution results seed size subTaskDone " +
        "subTaskTotal taskId taskName taskStatus taskType"
      ).split(" "),
    );
    expect(data).toMatchObject({
      aspectRatio: "",
      createTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
      genMethod: "img_txt",
      generateAudio: true,
      modelId: 4,
      negativePrompt: "dogs",
      progress: 100,
      quality: 80,
      seed: -1,
      subTaskTotal: 0,
      taskStatus: 2,
      taskType: 1,
    });
    expect(data.results).toEqual([
      {
        durationSeconds: 5,
        failReason: "",
        fileUrl: expect.stringMatching(/\.mp4\?Expires=\d+&OSSAccessKeyId=\w+&Signature=\S+$/),
        height: 0,
        subStatus: 0,
        thumbnailUrl: null,
        width: 0,
      },
    ]);
  });

  it("counts subtasks and measures pixels when there are several images", async () => {
    const simulator = await simulate();
    const data = await finished(simulator, { ...IMAGE, imageCount: 3, size: "2k", aspectRatio: "9:16" });
    expect(data).toMatchObject({ imageCount: 3, size: "2k", subTaskDone: 3, subTaskTotal: 3, taskType: 2 });
    expect(data.results).toHaveLength(3);
    expect((data.results as readonly JsonObject[])[2]).toMatchObject({ height: 2048, subStatus: 1, width: 1152 });
  });

  it("keeps a seed past 2^53", async () => {
    const simulator = await simulate();
    const body = JSON.stringify({ ...IMAGE, seed: 0 }).replace('"seed":0', '"seed":9223372036854775807');
    await generate(simulator, body);
    expect((await query(simulator, "9007199254740993")).text).toContain('"seed":9223372036854775807,');
  });

  it("goes from queued through growing progress to results", async () => {
    const simulator = await simulate();
    const taskId = await accepted(simulator, VIDEO);
    const seen: unknown[] = [];
    for (const ms of [0, 1_250, 2_400, 2_400]) {
      simulator.advance(ms);
      const { taskStatus, progress, results } = await taskData(simulator, taskId);
      seen.push([taskStatus, Math.floor(Number(progress) / 10), (results as readonly unknown[]).length]);
    }
    expect(seen).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [1, 5, 0],
      [2, 10, 1],
    ]);
  });

  it("is faster by the factor of its speed", async () => {
    const simulator = await simulate({ speed: 1000 });
    const taskId = await accepted(simulator, VIDEO);
    simulator.advance(10);
    expect((await taskData(simulator, taskId)).taskStatus).toBe(2);
  });

  it("returns an error for a malformed, unknown or foreign task id", async () => {
    const simulator = await simulate({ accounts: [{ keys: ["sh-a"], credits: 9 }, { keys: ["sh-b"] }] });
    await generate(simulator, IMAGE, { key: "sh-a" });
    const code = async (taskId: string, key: string) => (await query(simulator, taskId, key)).json().code;
    expect(await code("9007199254740993", "sh-a")).toBe(0);
    expect(await code("9007199254740993", "sh-b")).toBe(20003);
    expect(await code("9007199254740992", "sh-a")).toBe(40002);
    expect(await code("abc", "sh-a")).toBe(30001);
    expect(await code("9007199254740993", "sh-nobody")).toBe(20008);
  });
});
