import { describe, expect, it } from "vitest";
import { formatTaskNo, taskIdOfNo } from "../../src/domain/task-number.ts";

const RANDOM = Uint8Array.from({ length: 9 }, (_, at) => at + 1);

describe("task numbers", () => {
  it.each([0, 1, 230_612_834_934_784, Number.MAX_SAFE_INTEGER])("contain their task's id: %i", (taskId) => {
    const taskNo = formatTaskNo(taskId, RANDOM);
    expect(taskNo).toMatch(/^010203040506070809[0-9a-f]{14}$/);
    expect(taskIdOfNo(taskNo)).toBe(taskId);
  });

  it.each([
    "",
    "0".repeat(31),
    "0".repeat(33),
    "g".repeat(32),
    "f".repeat(32),
  ])("are not read from other text: %s", (text) => {
    expect(taskIdOfNo(text)).toBeNull();
  });

  it("need nine random bytes", () => {
    expect(() => formatTaskNo(1, new Uint8Array(8))).toThrow(RangeError);
  });
});
