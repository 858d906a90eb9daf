import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../src/courier/snapshot.ts";
import { SnapshotMemory } from "../../src/courier/snapshot-memory.ts";

const names = { upstreamId: "9034", upstreamNo: null, taskId: 7, taskNo: "0123456789abcdef0123456789abcdef" };
const snapshot: Snapshot = { status: 1, progress: 40, failReason: "", results: [], rest: '{"seed":-1}' };
const text = (progress: unknown, more = "") =>
  `{"code":0,"data":{"taskId":9034,"progress":${progress},"seed":-1${more},"taskStatus":1}}`;

const memory = () => {
  const kept = new SnapshotMemory();
  kept.keep(names, text(40), snapshot);
  return kept;
};

describe("SnapshotMemory", () => {
  it("returns the last snapshot with the progress of a response that differs in nothing else", () => {
    expect(memory().recall(names, text(40))).toEqual(snapshot);
    expect(memory().recall(names, text(55))).toEqual({ ...snapshot, progress: 55 });
    expect(memory().recall(names, text(250))).toEqual({ ...snapshot, progress: 100 });
  });

  it.each([
    ["a changed field", text(40).replace("-1", "5")],
    ["another status", text(40).replace('"taskStatus":1', '"taskStatus":2')],
    ["a progress that is no integer", text('"42"')],
    ["a negative progress", text(-5)],
    ["a second progress", text(40, ',"sub":{"progress":3}')],
    ["no progress", text(40).replace('"progress":40,', "")],
    ["a cut text", text(40).slice(0, -1)],
  ])("returns null for a response with %s", (_, changed) => {
    expect(memory().recall(names, changed)).toBeNull();
  });

  it("knows nothing of another task, or of one that ended", () => {
    const kept = memory();
    expect(kept.recall({ ...names, taskNo: "f".repeat(32) }, text(40))).toBeNull();
    kept.forget(names);
    expect(kept.recall(names, text(40))).toBeNull();
  });

  it("does not keep a text whose progress was read otherwise, or one that is long", () => {
    const kept = new SnapshotMemory();
    kept.keep(names, text(40), { ...snapshot, progress: null });
    expect(kept.recall(names, text(40))).toBeNull();
    const long = text(40, `,"prompt":"${"x".repeat(20_000)}"`);
    kept.keep(names, long, snapshot);
    expect(kept.recall(names, long)).toBeNull();
  });

  it("keeps a bounded number of tasks, the latest", () => {
    const kept = new SnapshotMemory();
    for (let task = 0; task < 600; task += 1) kept.keep({ ...names, taskNo: `task ${task}` }, text(40), snapshot);
    for (const task of [100, 599]) expect(kept.recall({ ...names, taskNo: `task ${task}` }, text(40))).not.toBeNull();
    expect(kept.recall({ ...names, taskNo: "task 99" }, text(40))).toBeNull();
  });
});
