/** The Playground's uploads, and the list of its tasks in the browser. */
import { describe, expect, it } from "vitest";
import { Sitting } from "../../pages/portal/playground/sitting.ts";
import { type UploadParts, uploadFile } from "../../pages/portal/playground/upload.ts";

const file = (bytes: number) => new File([new Uint8Array(bytes).fill(7)], "cat.png", { type: "image/png" });
const lost = () => Object.assign(new Error("lost"), { status: 0 });

/** @param failures errors of the puts, in their order; null: none */
function gateway(partBytes: number, failures: (Error | null)[] = []) {
  const puts: [url: string, bytes: number][] = [];
  const calls: UploadParts = {
    begin: async ({ bytes, contentType }) => {
      expect(contentType).toBe("image/png");
      const parts = Array.from({ length: Math.ceil(bytes / partBytes) }, (_, at) => ({
        partNumber: at + 1,
        url: `part ${at + 1}`,
      }));
      return { partBytes, parts, completeUrl: "complete" };
    },
    put: async (url, body, sent) => {
      puts.push([url, body.size]);
      sent(body.size / 2);
      const failure = failures.shift() ?? null;
      if (failure) throw failure;
    },
    complete: async (url) => ({ fileId: "file_1", url }),
  };
  return { calls, puts };
}

describe("an upload", () => {
  it("sends each part once and shows a progress that ends at 1", async () => {
    const { calls, puts } = gateway(10);
    const shares: number[] = [];
    expect(await uploadFile(file(25), calls, (share) => shares.push(share))).toEqual({
      fileId: "file_1",
      url: "complete",
    });
    expect(puts).toEqual([
      ["part 1", 10],
      ["part 2", 10],
      ["part 3", 5],
    ]);
    expect(shares).toEqual([0.2, 0.4, 0.6, 0.8, 0.9, 1]);
  });

  it("sends a part again after a lost connection, and gives up after three", async () => {
    const once = gateway(10, [lost()]);
    await uploadFile(file(10), once.calls, () => {});
    expect(once.puts).toHaveLength(2);
    const always = gateway(10, [lost(), lost(), lost(), lost()]);
    await expect(uploadFile(file(10), always.calls, () => {})).rejects.toThrow("lost");
    expect(always.puts).toHaveLength(3);
  });

  it("does not send a refused part again", async () => {
    const refused = gateway(10, [Object.assign(new Error("too large"), { status: 413 })]);
    await expect(uploadFile(file(10), refused.calls, () => {})).rejects.toThrow("too large");
    expect(refused.puts).toHaveLength(1);
  });
});

describe("the list of this sitting", () => {
  const shelf = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
    };
  };

  it("has the tasks of one tenant, newest first, each once, at most twenty and for twelve hours", () => {
    const kept = shelf();
    const mine = new Sitting(kept, "ten_1");
    for (let taskId = 1; taskId <= 25; taskId += 1) mine.add(taskId, 1_000);
    mine.add(7, 2_000);
    const ids = new Sitting(kept, "ten_1").taskIds(3_000);
    expect(ids.slice(0, 3)).toEqual([7, 25, 24]);
    expect(ids).toHaveLength(20);
    expect(new Sitting(kept, "ten_2").taskIds(3_000)).toEqual([]);
    mine.remove(25, 3_000);
    expect(mine.taskIds(3_000)).not.toContain(25);
    expect(mine.taskIds(12 * 3_600_000 + 1_500)).toEqual([7]);
  });

  it("is empty for whatever else the browser kept, and where it keeps nothing", () => {
    for (const text of ["", "{", "5", "null", '[1,{"taskId":"x"},null]']) {
      expect(new Sitting({ getItem: () => text, setItem: () => {} }, "ten_1").taskIds(0)).toEqual([]);
    }
    const closed = () => {
      throw new Error("denied");
    };
    const none = new Sitting({ getItem: closed, setItem: closed }, "ten_1");
    none.add(1, 0);
    expect(none.taskIds(0)).toEqual([]);
  });
});
