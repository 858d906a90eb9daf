import { describe, expect, it } from "vitest";
import { readSnapshot } from "../../src/courier/snapshot.ts";
import type { TaskNames } from "../../src/courier/task-names.ts";
import { PHASE } from "../../src/domain/task.ts";
import { observed } from "../../src/domain/task-lifecycle.ts";
import { utf8 } from "../../src/lib/bytes.ts";
import { parseJson } from "../../src/lib/json.ts";
import { PACE, taskRow } from "../support/task-row.ts";

const ID = "9007199254740993";
const NO = "3b248921b9be429b8303838118f3cd7f";
const NAMES: TaskNames = { upstreamId: ID, upstreamNo: NO, taskId: 269_000_000_000_001 };
const OWN = String(NAMES.taskId);

function read(text: string, names = NAMES) {
  const snapshot = readSnapshot(parseJson(text), names, "https://api.example");
  if (!snapshot) throw new Error("is no snapshot");
  return snapshot;
}
const RESULT =
  '{"durationSeconds":5,"failReason":"","fileUrl":"https://oss.example/a.mp4?k=1","height":0,"subStatus":0,"thumbnailUrl":null,"width":0}';
const DOCUMENTED = `{"aspectRatio":"","createTime":"2026-04-22T11:01:32","durationSeconds":0,"failReason":"","genMethod":"img_txt","generateAudio":true,"imageCount":1,"modelId":4,"negativePrompt":null,"progress":100,"prompt":"A grey kitten","quality":80,"refAudioUrls":[],"refImageUrls":[],"refVideoUrls":[],"resolution":"720p","results":[${RESULT}],"seed":-1,"size":"","subTaskDone":0,"subTaskTotal":0,"taskId":${ID},"taskName":"Image-Text Video Generation","taskStatus":2,"taskType":1}`;

describe("a snapshot of a task", () => {
  it("has what decides, and all the rest as the text it came in", () => {
    expect(read(DOCUMENTED)).toEqual({
      status: 2,
      progress: 100,
      failReason: "",
      results: [
        {
          fileUrl: "https://oss.example/a.mp4?k=1",
          thumbnailUrl: null,
          failed: false,
          failReason: "",
          rest: '{"durationSeconds":5,"failReason":"","height":0,"subStatus":0,"width":0}',
        },
      ],
      rest: '{"aspectRatio":"","createTime":"2026-04-22T11:01:32","durationSeconds":0,"genMethod":"img_txt","generateAudio":true,"imageCount":1,"modelId":4,"negativePrompt":null,"prompt":"A grey kitten","quality":80,"refAudioUrls":[],"refImageUrls":[],"refVideoUrls":[],"resolution":"720p","seed":-1,"size":"","subTaskDone":0,"subTaskTotal":0,"taskName":"Image-Text Video Generation","taskType":1}',
    });
  });

  it("keeps unknown fields, to the digit", () => {
    const { rest } = read('{"taskStatus":1,"seed":9223372036854775807,"a":1.50,"b":{"c":[1e400,null]},"__proto__":7}');
    expect(rest).toBe('{"seed":9223372036854775807,"a":1.50,"b":{"c":[1e400,null]},"__proto__":7}');
  });

  it.each([
    "null",
    "[]",
    '"x"',
    "5",
    "{}",
    '{"taskStatus":null}',
    '{"taskStatus":"about 2"}',
    '{"taskStatus":{}}',
  ])("is not what comes as %s", (text) => {
    expect(readSnapshot(parseJson(text), NAMES, "https://api.example")).toBeNull();
  });

  it.each([
    '"9055"',
    "9055",
    "9007199254740992",
    "9007199254740993.5e1",
  ])("is not what is said of another task: %s", (taskId) => {
    expect(readSnapshot(parseJson(`{"taskStatus":2,"taskId":${taskId}}`), NAMES, "https://api.example")).toBeNull();
  });

  it.each([ID, `"${ID}"`, "null", '"about this one"', "{}"])("may name its task in many ways: %s", (taskId) => {
    expect(read(`{"taskStatus":2,"taskId":${taskId}}`).status).toBe(2);
  });

  it.each([
    ['"2"', 2],
    ["2.0", 2],
    ["17", 17],
    ["-1", -1],
  ])("may spell its status %s", (text, status) => {
    expect(read(`{"taskStatus":${text}}`).status).toBe(status);
  });

  it.each([
    ["55", 55],
    ['"55"', 55],
    ["55.9", 55],
    ["250", 100],
    ["-3", 0],
    ["null", null],
    ['"half"', null],
    ["{}", null],
  ])("may have any progress: %s", (text, progress) => {
    expect(read(`{"taskStatus":1,"progress":${text}}`).progress).toBe(progress);
  });

  it.each([
    ["null", 0],
    ["{}", 0],
    ['"none"', 0],
    ["[null,5,[],{}]", 1],
    [`[${Array(150).fill(RESULT).join(",")}]`, 100],
  ])("may have anything for results: %#", (text, count) => {
    expect(read(`{"taskStatus":2,"results":${text}}`).results).toHaveLength(count);
  });

  it.each([
    ["no file", '{"subStatus":2,"fileUrl":"https://oss.example/a.png"}', { failed: true, fileUrl: null }],
    ["no file", '{"subStatus":"2","fileUrl":"https://oss.example/a.png"}', { failed: true, fileUrl: null }],
    ["a file", '{"subStatus":1,"fileUrl":"http://oss.example/a.png"}', { failed: false }],
    ["no file", '{"fileUrl":"javascript:alert(1)"}', { failed: false, fileUrl: null }],
    ["no file", '{"fileUrl":"file:///etc/passwd"}', { failed: false, fileUrl: null }],
    ["no file", '{"fileUrl":["https://oss.example/a.png"]}', { failed: false, fileUrl: null }],
    ["no file", '{"fileUrl":" "}', { failed: false, fileUrl: null }],
    ["no file", '{"fileUrl":""}', { failed: false, fileUrl: null }],
  ])("has %s for a result such as %s", (_, text, expected) => {
    expect(read(`{"taskStatus":2,"results":[${text}]}`).results[0]).toMatchObject(expected);
  });

  it.each([
    ["/tasks/a.png?k=1", "https://api.example/tasks/a.png?k=1"],
    ["tasks/a.png", "https://api.example/tasks/a.png"],
    ["a.png", "https://api.example/a.png"],
    ["//oss.example/a.png", "https://oss.example/a.png"],
    ["oss.example/a.png", "https://oss.example/a.png"],
    ["oss.example:8443/a.png", "https://oss.example:8443/a.png"],
    ["203.0.113.7/a.png", "https://203.0.113.7/a.png"],
    ["localhost:9000/a.png", "https://localhost:9000/a.png"],
    [" https://oss.example/a.png ", "https://oss.example/a.png"],
    ["HTTPS://oss.example/a.png", "https://oss.example/a.png"],
  ])("resolves the file URL %s to %s, and that of a thumbnail likewise", (url, expected) => {
    const entry = JSON.stringify({ fileUrl: url, thumbnailUrl: url });
    const [result] = read(`{"taskStatus":2,"results":[${entry}]}`).results;
    expect(result).toMatchObject({ fileUrl: expected, thumbnailUrl: expected });
  });

  it("keeps the upstream's reason of any length, in every status", () => {
    const reason = "out of memory ".repeat(5_000);
    for (const status of [0, 1, 2, 3, 4, 5]) {
      const text = JSON.stringify({ taskStatus: status, failReason: reason, results: [{ failReason: reason }] });
      expect(read(text).failReason).toBe(reason);
      expect(read(text).results[0]?.failReason).toBe(reason);
    }
  });

  it("leaves out the fields that the gateway sets", () => {
    const { rest, results } = read(
      `{"taskStatus":2,"taskNo":"${NO}","metadata":{"a":"b"},"estimatedCredits":5,"createdAt":"x","endedAt":1,"results":[{"mirrored":true,"taskId":1,"taskNo":"x","width":1}]}`,
    );
    expect(rest).toBe("{}");
    expect(results[0]?.rest).toBe('{"width":1}');
  });
});

describe("a snapshot that is too large for a task's row", () => {
  const RESULTS = 4;
  const urlsOf = (index: number) => ({
    fileUrl: `https://oss.example/${index}.png?signature=${"s".repeat(2_000)}`,
    thumbnailUrl: `https://oss.example/t${index}.png`,
  });
  const huge: Record<string, (characters: number) => unknown> = {
    "one unknown field": (size) => ({ unknown: "é".repeat(size / 2) }),
    "quotation marks": (size) => ({ unknown: '"'.repeat(size / 4), results: { more: '"\\'.repeat(size / 8) } }),
    "many unknown fields": (size) =>
      Object.fromEntries(Array.from({ length: size / 20 }, (_, at) => [`f${at}`, "0123456789"])),
    "a reason": (size) => ({ failReason: "漢".repeat(size / 3) }),
    "reasons of results": (size) => ({ results: { failReason: "r".repeat(size / 8) } }),
    "nested results": (size) => ({ results: { log: Array.from({ length: size / 100 }, () => "line of a log") } }),
    "an id that is one digit": (size) => ({ unknown: "task 7 ".repeat(size / 7) }),
    thumbnails: (size) => ({ results: { thumbnailUrl: `https://oss.example/${"\\".repeat(size / 12)}` } }),
    "spaces in URLs": (size) => ({ results: { thumbnailUrl: `https://oss.example/${" ".repeat(size / 6)}x` } }),
  };

  it.each(Object.keys(huge))("keeps the task's files and documented fields, and fits a row: %s", (name) => {
    const { results: more, ...fields } = huge[name]?.(1_000_000) as { results?: object };
    const results = Array.from({ length: RESULTS }, (_, index) => ({
      width: 16,
      subStatus: 1,
      ...urlsOf(index),
      ...more,
    }));
    const text = JSON.stringify({ taskStatus: 2, quality: 80, results, ...fields });
    const request = JSON.stringify({ prompt: "p".repeat(256 * 1024) });
    const seen = read(text, { ...NAMES, upstreamId: "7", request });
    expect(JSON.parse(seen.rest)).toMatchObject({ quality: 80 });
    expect(seen.results.map(({ fileUrl }) => fileUrl)).toEqual(results.map((_, index) => urlsOf(index).fileUrl));
    for (const { rest } of seen.results) expect(JSON.parse(rest)).toMatchObject({ width: 16, subStatus: 1 });
    const { changes } = observed(taskRow({ request, expected_results: RESULTS }), seen, PACE, { now: 0, random: 0 });
    const row = { ...taskRow({ request }), ...changes };
    expect(utf8(Object.values(row).join("")).length).toBeLessThan(2_000_000);
    expect(row.phase).toBe(PHASE.mirroring);
  });

  it("of 100 results has the URLs of the files before those of thumbnails", () => {
    const results = Array.from({ length: 100 }, (_, index) => ({
      ...urlsOf(index),
      fileUrl: `https://a.example/${index}`,
    }));
    const long = results.map((result) => ({ ...result, thumbnailUrl: `https://a.example/${"t".repeat(3_000)}` }));
    const seen = read(JSON.stringify({ taskStatus: 2, results: long }));
    expect(seen.results.every(({ fileUrl }) => fileUrl !== null)).toBe(true);
    expect(seen.results.filter(({ thumbnailUrl }) => thumbnailUrl !== null).length).toBeLessThan(60);
  });
});

describe("the upstream's names of a task", () => {
  it.each([
    `{"taskStatus":3,"failReason":"Task ${ID} (${NO}) failed"}`,
    `{"taskStatus":3,"failReason":"task-${ID}."}`,
    `{"taskStatus":1,"parentTaskId":${ID}}`,
    `{"taskStatus":1,"parentTaskId":"${ID}"}`,
    `{"taskStatus":1,"anything":${ID}}`,
    `{"taskStatus":1,"anything":[{"deep":"${NO}/${ID}.mp4"}]}`,
    `{"taskStatus":1,"by":{"${ID}":1,"x-${NO}":2}}`,
    `{"taskStatus":2,"results":[{"failReason":"${NO}","trace":"t-${ID}-0","id":${ID}}]}`,
    `{"taskStatus":1,"taskNo":"ffffffffffffffff","trace":"ffffffffffffffff"}`,
  ])("are nowhere in what is passed on: %s", (text) => {
    const { failReason, rest, results } = read(text);
    const shown = JSON.stringify({
      failReason,
      rest,
      results: results.map((result) => [result.failReason, result.rest]),
    });
    expect(shown).not.toContain(ID);
    expect(shown).not.toContain(NO);
    expect(shown).not.toContain("ffffffffffffffff");
    expect(shown).toContain(OWN);
  });

  it("of a few digits are replaced where they name the task, and other numbers stay", () => {
    const names = { upstreamId: "9034", upstreamNo: null, taskId: NAMES.taskId };
    const { rest, failReason } = read(
      '{"taskStatus":3,"failReason":"task 9034 failed after 19034 ms","width":9034,"subTaskId":9034,"modelId":4}',
      names,
    );
    expect(failReason).toBe(`task ${OWN} failed after 19034 ms`);
    expect(rest).toBe(`{"width":9034,"subTaskId":${OWN},"modelId":4}`);
    expect(read('{"taskStatus":1,"note":"7 of 7","id":7}', { ...names, upstreamId: "7" }).rest).toBe(
      `{"note":"7 of 7","id":${OWN}}`,
    );
  });
});
