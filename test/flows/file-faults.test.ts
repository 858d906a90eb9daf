/** Result files that come broken, late or not at all: what is served and recorded is whole, or it is not there. */
import { describe, expect, it } from "vitest";
import { download, expectCompleted, plannedRequest, submit, tell } from "../support/flow.ts";
import { call, createTenant, IMAGE, type TaskData, type TestTenant, untilEnded } from "../support/gateway.ts";
import { taskRowIn } from "../support/tenant-object.ts";
import { until } from "../support/until.ts";
import { clearFault, strike, upstreamFiles, upstreamTasks } from "../support/upstream.ts";

const VIDEO = { model: "Seedance 2.0", taskName: "v", type: "img_txt", prompt: "", durationSeconds: 5 };

/** Waits until every file of the task is in R2. */
async function untilMirrored(tenant: TestTenant, taskId: number): Promise<void> {
  await until(`task ${taskId} to be mirrored`, async () => {
    const { data } = await call<TaskData>("GET", `/api/v1/query/${taskId}`, { headers: tenant.auth });
    return data.taskStatus === 2 && data.results.every(({ mirrored }) => mirrored);
  });
}

describe.concurrent("a result file that", () => {
  it.each([
    ["comes without a length", "chunked"],
    ["comes packed", "gzip"],
    ["comes under the name of a coding that was not applied", "mislabelled:gzip"],
    ["comes under the name of another such coding", "mislabelled:br"],
    ["claims to be a page", "type:text/html"],
    ["claims to be bytes", "type:application/octet-stream"],
    ["trickles", "trickle:800"],
    ["is somewhere else", "redirect"],
    ["is cut short at first", "truncated*1"],
    ["is cut short without a length at first", "chunked-cut*1"],
    ["does not fit its checksum at first", "corrupt*1"],
    ["is empty at first", "empty*1"],
    ["is a page at first", "html*1"],
    ["has an expired URL at first", "expired*1"],
    ["is missing at first", "missing*1"],
    ["cannot be had at first", "http:503*1"],
    ["fails twice", "http:500*1,drop*1"],
    ["redirects in a circle at first", "redirect:loop*6"],
  ])("%s is copied whole", async (_, fault) => {
    const story = await tell(`file=${fault}`);
    await untilMirrored(story.tenant, story.submitted.taskId);
    await expectCompleted(story);
    const file = await download(story.submitted.resultUrls[0] ?? "");
    expect(file.headers.get("content-type")).toBe("image/png");
    expect(file.headers.get("etag")).not.toBeNull();
  });

  it("is a large video is copied whole", async () => {
    const story = await tell("bytes=12000000 file=chunked", VIDEO);
    await expectCompleted(story);
    expect((await download(story.submitted.resultUrls[0] ?? "")).bytes).toBe(12_000_000);
  });

  it("cannot be copied within the grace is reported as not mirrored, and streamed through", async () => {
    const story = await tell("file=hang*1");
    expect(story.ended).toMatchObject({ taskStatus: 2, progress: 100 });
    expect(story.ended.results[0]).toMatchObject({ mirrored: false, fileUrl: story.submitted.resultUrls[0] });
    const [file] = await upstreamFiles(story.upstream.taskId);
    expect(await download(story.submitted.resultUrls[0] ?? "")).toMatchObject({ status: 200, sha256: file?.sha256 });
    expect((await taskRowIn(story.tenant.tenantId, story.submitted.taskId)).settled).toBe("captured");
  });

  it("is slower than the grace is mirrored in the end, under the same URL", async () => {
    const story = await tell("file=slow:12500*1");
    expect(story.ended.results[0]?.mirrored).toBe(false);
    await untilMirrored(story.tenant, story.submitted.taskId);
    await expectCompleted(story);
  });

  it("never comes whole is never served as if it were", async ({ expect }) => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const fault = await strike("file", "truncated", { prompt: tag });
    const { data } = await submit(tenant, body);
    const ended = await untilEnded(tenant, data.taskId, 40_000);
    expect(ended.results[0]?.mirrored).toBe(false);
    const outcome = await download(data.resultUrls[0] ?? "").catch((error: unknown) => error as Error);
    // What is streamed through cannot be known to be cut before it is: it must break off, not end.
    expect(outcome instanceof Error || outcome.status >= 400).toBe(true);
    await clearFault(fault);
    const [upstream] = await upstreamTasks(tag);
    const [file] = await upstreamFiles(upstream?.taskId ?? "");
    await expect
      .poll(() => download(data.resultUrls[0] ?? ""), { timeout: 15_000, interval: 300 })
      .toMatchObject({ status: 200, sha256: file?.sha256 });
  });
});

describe.concurrent("a result file's URL", () => {
  it("answers 202 until there is something, and is the same from submission on", async () => {
    const tenant = await createTenant();
    const { body } = plannedRequest("generateMs=400 generate=slow:100");
    const { data } = await submit(tenant, body);
    const [url = ""] = data.resultUrls;
    const early = await call("GET", url);
    expect(early.status).toBe(202);
    expect(Number(early.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(early.headers.get("cache-control")).toBe("no-store");
    await untilEnded(tenant, data.taskId);
    expect((await call("GET", url)).status).toBe(200);
    expect((await call("GET", url.replace("/0.png", "/1.png"))).status).toBe(404);
    expect((await call("GET", url.replace("/0.png", "/0.mp4"))).status).toBe(404);
  });

  it("is asked for afresh upstream when the one that the upstream gave has expired", async () => {
    const story = await tell("file=expired*2");
    await expectCompleted(story);
    const { queries } = story.upstream;
    expect(queries).toBeGreaterThanOrEqual(2);
  });

  it("of many files at once all lead to their own file", async () => {
    const tenant = await createTenant();
    const stories = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const { tag, body } = plannedRequest("", { ...IMAGE, imageCount: 4 });
        const { data } = await submit(tenant, body);
        await untilMirrored(tenant, data.taskId);
        return { tag, data };
      }),
    );
    for (const { tag, data } of stories) {
      const files = await upstreamFiles((await upstreamTasks(tag))[0]?.taskId ?? "");
      const hashes = await Promise.all(data.resultUrls.map(async (url) => (await download(url)).sha256));
      expect(hashes).toEqual(files.toSorted((a, b) => a.index - b.index).map(({ sha256 }) => sha256));
      expect(files.map(({ completeDownloads }) => completeDownloads)).toEqual([1, 1, 1, 1]);
    }
  });
});
