import { describe, expect, it } from "vitest";
import { createNameFilter, type TaskNames, withoutTaskNames } from "../../src/courier/task-names.ts";
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from "../../src/lib/json.ts";

const OWN = 269_000_000_000_001;
const OWN_NO = "0123456789abcdef0123456789abcdef";
const NO = "3b248921b9be429b8303838118f3cd7f";

const names = (upstreamId: string, more: Partial<TaskNames> = {}): TaskNames => ({
  upstreamId,
  upstreamNo: NO,
  taskId: OWN,
  taskNo: OWN_NO,
  ...more,
});

function shown(text: string, upstreamId: string, request?: JsonObject) {
  const data = parseJson(text);
  if (!isJsonObject(data)) throw new Error(text);
  const submitted = request === undefined ? {} : { request: stringifyJson(request) };
  return stringifyJson(createNameFilter(names(upstreamId, submitted)).data(data));
}

/** Lengths of ids that upstreams give out: a few digits, eight, past 2^53. */
const IDS = ["4", "12", "2026", "9034", "90341234", "9007199254740993"];

describe("an upstream's task id", () => {
  it.each(IDS)("%s is replaced where a field names a task and equals it, as a number or as a text", (id) => {
    for (const field of [
      "parentTaskId",
      "task_id",
      "TASK-ID",
      "taskid",
      "jobId",
      "job_id",
      "subTaskId",
      "task",
      "taskUid",
      "generationId",
      "id",
    ]) {
      expect(shown(`{"${field}":${id}}`, id)).toBe(`{"${field}":${OWN}}`);
      expect(shown(`{"${field}":"${id}"}`, id)).toBe(`{"${field}":"${OWN}"}`);
      expect(shown(`{"${field}":${id}7}`, id)).toBe(`{"${field}":${id}7}`);
    }
    expect(shown(`{"taskIds":[1,${id},"${id}"]}`, id)).toBe(`{"taskIds":[1,${OWN},"${OWN}"]}`);
    expect(shown(`{"a":{"b":[{"taskId":${id}}]}}`, id)).toBe(`{"a":{"b":[{"taskId":${OWN}}]}}`);
    expect(shown(`{"task":{"id":${id},"width":${id.slice(0, 4)}0}}`, id)).toContain(`"id":${OWN}`);
    expect(shown(`{"tasks":{"${id}":1}}`, id)).toBe(`{"tasks":{"${OWN}":1}}`);
  });

  it.each(IDS)("%s keeps its place in every field that names something else, and in a time", (id) => {
    for (const text of [
      `{"modelId":${id},"userId":${id},"user_id":"${id}","accountId":${id}}`,
      `{"createTime":"${id}","updatedAt":${id},"finish_time":${id},"seed":${id}}`,
    ]) {
      expect(shown(text, id)).toBe(text);
    }
  });

  it.each(["4", "12", "2026", "9034"])("%s, of a few digits, keeps its place in numbers and texts", (id) => {
    const text = `{"createTime":"${id}-04-22T11:01:32","width":${id},"quality":${id},"note":"${id} of ${id}","traceId":${id},"results":[{"id":${id},"height":${id}}],"subTaskDone":${id},"subTaskTotal":${id},"taskType":${id},"key":{"${id}":1},"error":"subtask ${id} took ${id} ms; ${id}% done; task ${id}.5"}`;
    expect(shown(text, id)).toBe(text);
  });

  it.each(IDS)("%s is replaced in a text directly behind the word task", (id) => {
    const filter = createNameFilter(names(id));
    for (const before of [
      "task ",
      "Task #",
      "task-",
      "task_",
      "taskId=",
      "task_id: ",
      '"taskId":"',
      "Task no. ",
      "tasks/",
      "task id ",
    ]) {
      expect(filter.text(`x ${before}${id} failed`)).toBe(`x ${before}${OWN} failed`);
      expect(filter.text(`x ${before}${id}`)).toBe(`x ${before}${OWN}`);
      expect(filter.text(`x ${before}${id}7`)).toBe(`x ${before}${id}7`);
    }
  });

  it.each(["90341234", "9007199254740993"])("%s, of eight digits or more, is nowhere", (id) => {
    for (const text of [
      `{"anything":${id}}`,
      `{"anything":[{"deep":"https://oss.example/${id}.mp4?t=${id}"}]}`,
      `{"by":{"${id}":1,"x-${id}":2}}`,
      `{"traceId":"t-${id}-0"}`,
      `{"results":[{"id":${id}}]}`,
      `{"negativePrompt":"${id}","taskName":"${id} of us","model":"m ${id}","refImageUrls":["https://oss.example/${id}/a.png"]}`,
    ]) {
      expect(shown(text, id)).not.toContain(id);
      expect(shown(text, id)).toContain(String(OWN));
    }
  });
});

describe("an upstream's task number", () => {
  it.each([
    `{"trace":"${NO}"}`,
    `{"trace":"a/${NO.toUpperCase()}/0"}`,
    `{"uuid":"3b248921-b9be-429b-8303-838118f3cd7f"}`,
    `{"by":{"x-${NO}":1}}`,
    `{"parentTaskNo":"${NO}"}`,
  ])("is replaced wherever it stands: %s", (text) => {
    expect(shown(text, "4").toLowerCase().replaceAll("-", "")).not.toContain(NO);
    expect(shown(text, "4")).toContain(OWN_NO);
  });

  it("of a few characters is replaced in fields that name a task", () => {
    const filter = createNameFilter(names("9034", { upstreamNo: "T7" }));
    expect(stringifyJson(filter.data({ task_no: "T7", size: "T7" }))).toBe(`{"task_no":"${OWN_NO}","size":"T7"}`);
  });
});

describe("what the upstream repeats of a submission", () => {
  const request = {
    prompt: "9007199254740993 kittens",
    taskName: "task 9034",
    model: "Seedance 2.0",
    refImageUrls: ["https://example.com/9007199254740993.png"],
  };

  it.each([
    "9034",
    "9007199254740993",
  ])("is left out, because the request has it, and a model is as submitted, with id %s", (id) => {
    const repeated = `{"prompt":"rewritten ${id}","taskName":"task ${id}","model":"m-${id}","refImageUrls":["https://oss.example/task_${id}.png"],"refVideoUrls":[],"seed":5}`;
    expect(shown(repeated, id, request)).toBe('{"model":"Seedance 2.0","refVideoUrls":[],"seed":5}');
  });

  it("is left alone deeper down", () => {
    const text = `{"input":{"prompt":"${request.prompt}","images":["${request.refImageUrls[0]}"]}}`;
    expect(shown(text, "9007199254740993", request)).toBe(text);
  });
});

describe("the message of an upstream error", () => {
  it.each([
    ["Task 9034 failed safety review", [9034], "Task … failed safety review"],
    ["Task 9034 failed safety review", [], "Task … failed safety review"],
    [`rejected: ${NO}/90341234`, [90341234, NO], "rejected: …/…"],
    ["task id: 9007199254740993", [], "task id: …"],
  ])("%s names no task of the upstream", (message, named, expected) => {
    expect(withoutTaskNames(message, named)).toBe(expected);
  });

  it.each([
    "Invalid image count: 4, at most 4",
    "2026 is not a valid duration",
    "Task 1 of 4 was rejected",
    "x".repeat(100_000),
  ])("%# is unchanged", (message) => {
    expect(withoutTaskNames(message, [4])).toBe(message);
  });
});
