/** An upstream that misbehaves when it is asked about a running task. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { PHASE } from "../../src/domain/task.ts";
import { expectCompleted, expectFailed, plannedRequest, submit, tell } from "../support/flow.ts";
import { call, createTenant, IMAGE, type TaskData, untilEnded } from "../support/gateway.ts";
import { expectBooksInOrder, sqlIn, taskRowIn, tenantStub } from "../support/tenant-object.ts";
import { pass, until } from "../support/until.ts";
import { clearFault, endUpstream, strike, upstreamTasks } from "../support/upstream.ts";

const VIDEO = { model: "Seedance 2.0", taskName: "v", type: "img_txt", prompt: "", durationSeconds: 5 };
const FOUR = { ...IMAGE, imageCount: 4 };

describe.concurrent("a query that the upstream", () => {
  it.each([
    ["is too busy for", "code:10001*2"],
    ["cannot lock", "code:10006*2"],
    ["is slow to answer", "slow:400*2"],
    ["answers with 500", "http:500*3"],
    ["answers with 429", "http:429*1"],
    ["drops", "drop*2"],
    ["answers with a page", "html*2"],
    ["answers with half a JSON", "cut-json*2"],
    ["answers with half a body", "cut-body*2"],
    ["answers with nothing", "empty*2"],
    ["answers with wrong types", "wrong-types*2"],
    ["redirects", "redirect:/elsewhere*2"],
    ["refuses for a reason of its own", "code:50002*2"],
    ["says belongs to somebody else", "code:20003*2"],
    ["does not find for a while", "lost*3"],
    ["answers with a status never seen before", "task-status:7*3"],
    ["answers with a negative status", "task-status:-1*2"],
    ["answers with progress that jumps and falls", "progress:99*1,progress:3*1,progress:250*1,progress:-5*1"],
  ])("%s changes nothing about the task's end", async (_, faults) => {
    await expectCompleted(await tell(`generateMs=300 query=${faults}`));
  });

  it("never answers as it should ends in a task that has failed at its deadline", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const fault = await strike("query", "html", { prompt: tag });
    const { data } = await submit(tenant, body);
    // A slow machine may answer before the upstream has accepted the task.
    await until("the task to run", async () => (await taskRowIn(tenant.tenantId, data.taskId)).phase === PHASE.running);
    // The deadline is hours away: the task is made that old instead.
    await sqlIn(tenant.tenantId, "UPDATE tasks SET created_at = created_at - 22000000 WHERE task_id = ?", data.taskId);
    await evictDurableObject(tenantStub(tenant.tenantId));
    const ended = await untilEnded(tenant, data.taskId);
    expect(ended).toMatchObject({ taskStatus: 3, failReason: "The task did not finish in time" });
    await expectBooksInOrder(tenant.tenantId);
    expect((await taskRowIn(tenant.tenantId, data.taskId)).settled).toBe("released");
    await clearFault(fault);
  });

  it("denies for ever ends in a task that was lost, and in no charge", async () => {
    const story = await tell("query=lost");
    await expectFailed(story);
    expect(story.ended.failReason).toContain("lost");
    const { queries } = (await upstreamTasks(story.tag))[0] ?? { queries: 0 };
    await pass(300);
    expect((await upstreamTasks(story.tag))[0]?.queries).toBe(queries);
  });

  it("loses in the middle ends in a task that was lost", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("never");
    const { data } = await submit(tenant, body);
    const [upstream] = await upstreamTasks(tag);
    await endUpstream(upstream?.taskId ?? "", "lost");
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(3);
    await expectBooksInOrder(tenant.tenantId);
  });

  it("answers about another task, and then with numbers as text, is understood when it means this one", async ({
    expect,
  }) => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("never");
    await strike("query", { kind: "patch", data: { taskId: 9055, taskStatus: 2 } }, { prompt: tag }, { times: 2 });
    await strike("query", { kind: "patch", data: { taskStatus: "4", progress: "42" } }, { prompt: tag });
    const { data } = await submit(tenant, body);
    await expect
      .poll(async () => (await call<TaskData>("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth })).data)
      .toMatchObject({ taskStatus: 4, progress: 42 });
  });

  it("answers at length does not break the task", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("generateMs=300");
    for (const size of [100_000, 3_000_000]) {
      await strike("query", { kind: "patch", data: { notes: "x".repeat(size) } }, { prompt: tag }, { times: 1 });
    }
    const { data } = await submit(tenant, body);
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
  });
});

describe.concurrent("a task's end upstream", () => {
  it.each([
    ['fail="the model\'s own words"', 3, "the model's own words"],
    ["fail", 3, "Generation failed"],
    ["cancel", 5, "The task was cancelled"],
  ])("with %s is told as it is, and costs nothing", async (plan, status, failReason) => {
    const story = await tell(plan);
    expect(story.ended).toMatchObject({ taskStatus: status, failReason });
    await expectFailed(story, status);
    expect(story.upstream.refunded).toBe(true);
  });

  it("after a safety review is a completed task, and the review was shown", async ({ expect }) => {
    const tenant = await createTenant();
    const { body } = plannedRequest("reviewMs=3000");
    const { data } = await submit(tenant, body);
    const statuses = new Set<number>();
    await expect
      .poll(
        async () => {
          const { data: task } = await call<TaskData>("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth });
          statuses.add(task.taskStatus);
          return task.taskStatus;
        },
        { timeout: 18_000 },
      )
      .toBe(2);
    expect(statuses).toContain(4);
  });

  it("without results is a failure once the grace is over, and is not paid for", async () => {
    const story = await tell("results=0");
    await expectFailed(story);
    expect(story.ended.failReason).toContain("without a file");
  });

  it("with results that come a little later is a completed task", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    await strike(
      "query",
      { kind: "patch", data: { taskStatus: 2, progress: 100, results: [] } },
      { prompt: tag },
      { times: 6 },
    );
    const { data } = await submit(tenant, body);
    const ended = await untilEnded(tenant, data.taskId);
    expect(ended.taskStatus).toBe(2);
    expect(ended.results[0]?.fileUrl).toBe(data.resultUrls[0]);
  });

  it("with fewer results than were asked for has a null for each that is missing, and is paid in full", async () => {
    const story = await tell("results=2", FOUR);
    expect(story.ended.taskStatus).toBe(2);
    expect(story.submitted.resultUrls).toHaveLength(4);
    const [first, second] = story.submitted.resultUrls;
    expect(story.ended.results.map(({ fileUrl }) => fileUrl)).toEqual([first, second, null, null]);
    expect(story.ended.results.map(({ mirrored }) => mirrored)).toEqual([true, true, false, false]);
    expect((await call("GET", story.submitted.resultUrls[3] ?? "")).status).toBe(410);
    expect((await call("GET", second ?? "")).status).toBe(200);
    expect((await taskRowIn(story.tenant.tenantId, story.submitted.taskId)).settled).toBe("captured");
  });

  it("with more results than were asked for has further indexes for them", async () => {
    const story = await tell("results=3");
    expect(story.submitted.resultUrls).toHaveLength(1);
    const urls = story.ended.results.map(({ fileUrl }) => fileUrl ?? "");
    expect(urls).toHaveLength(3);
    expect(urls[0]).toBe(story.submitted.resultUrls[0]);
    expect(urls[2]).toBe(story.submitted.resultUrls[0]?.replace("/0.png", "/2.png"));
    for (const url of urls) expect((await call("GET", url)).status).toBe(200);
  });

  it("with a failed subtask has a null for it", async () => {
    const story = await tell("failedResults=1,3", FOUR);
    expect(story.ended.taskStatus).toBe(2);
    expect(story.ended.results.map(({ fileUrl }) => fileUrl === null)).toEqual([false, true, false, true]);
    expect(story.ended.results[1]).toMatchObject({ subStatus: 2, failReason: "Generation of this image failed" });
  });

  it("with nothing but failed subtasks is a failure", async () => {
    const story = await tell("failedResults=0,1,2,3", FOUR);
    await expectFailed(story);
    expect(story.ended.failReason).toBe("Generation of this image failed");
  });

  it("of a video has one result, and a thumbnail when the upstream makes one", async () => {
    const plain = await tell("", VIDEO);
    await expectCompleted(plain);
    expect(plain.submitted.resultUrls[0]).toMatch(/\/0\.mp4$/);
    expect(plain.ended.results).toHaveLength(1);
    const story = await tell("thumbnail", VIDEO);
    const thumbnail = story.ended.results[0]?.thumbnailUrl ?? "";
    expect(thumbnail).toBe(story.submitted.resultUrls[0]?.replace("/0.mp4", "/t0.png"));
    expect((await call("GET", thumbnail)).headers.get("content-type")).toMatch(/^image\//);
  });
});

describe("progress", () => {
  it("never falls, and is 100 only at the end, whatever the upstream reports", async () => {
    const tenant = await createTenant();
    const { body } = plannedRequest("generateMs=700 query=progress:60*2,progress:10*2,progress:100*2,progress:0*1");
    const { data } = await submit(tenant, body);
    let last = 0;
    await until("the task to end", async () => {
      const { data: task } = await call<TaskData>("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth });
      expect(task.progress).toBeGreaterThanOrEqual(last);
      last = task.progress;
      const ended = task.taskStatus === 2;
      if (!ended) expect(task.progress).toBeLessThan(100);
      return ended;
    });
    expect(last).toBe(100);
  });
});

describe("the pace of polling", () => {
  it("keeps to its bounds and does not wait for the tenant to ask", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("generateMs=1500");
    await submit(tenant, body);
    await expect.poll(async () => (await upstreamTasks(tag))[0]?.status, { interval: 200 }).toBe(2);
    const times = (await upstreamTasks(tag))[0]?.queriedAt ?? [];
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(2);
    // Never faster than POLL_MIN_MS; what is under it is an alarm's rounding and the network's whim.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(20);
  });
});
