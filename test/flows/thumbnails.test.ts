import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { plannedRequest, submit } from "../support/flow.ts";
import { createTenant, IMAGE, untilEnded } from "../support/gateway.ts";
import { clearFault, strike } from "../support/upstream.ts";

const VIDEO = { model: "Seedance 2.0", taskName: "Video", type: "img_txt" };

async function resultsOf(plan: string, base: object) {
  const tenant = await createTenant();
  const { data } = await submit(tenant, plannedRequest(plan, base).body);
  return (await untilEnded(tenant, data.taskId)).results;
}

async function typeOf(url: string): Promise<string | null> {
  const response = await exports.default.fetch(new Request(url, { headers: { accept: "image/webp,*/*" } }));
  await response.body?.cancel();
  return response.status === 200 ? response.headers.get("content-type") : `HTTP ${response.status}`;
}

describe("the thumbnails of a finished task", () => {
  it("are made for images that come without, under the stable address of a thumbnail", async () => {
    const results = await resultsOf("", { ...IMAGE, imageCount: 3 });
    expect(results).toHaveLength(3);
    for (const { fileUrl, thumbnailUrl } of results) {
      expect(thumbnailUrl).toBe(fileUrl?.replace(/\/(\d)\.png$/, "/t$1.png"));
      expect(await typeOf(thumbnailUrl ?? "")).toBe("image/webp");
      expect(await typeOf(`${fileUrl}?w=128`)).toBe("image/webp");
    }
  });

  it("are the upstream's where it gives them, for videos too", async () => {
    for (const base of [IMAGE, VIDEO]) {
      const [result] = await resultsOf("thumbnail", base);
      expect(await typeOf(result?.thumbnailUrl ?? "")).toBe("image/png");
    }
  });

  it("are not ready, and not gone, while an image that comes without waits for its copy", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const fault = await strike("file", "http:503", { prompt: tag });
    const { data } = await submit(tenant, body);
    const ended = await untilEnded(tenant, data.taskId);
    expect(ended.results[0]).toMatchObject({ mirrored: false, thumbnailUrl: null });
    const thumbnail = (data.resultUrls[0] ?? "").replace("/0.png", "/t0.png");
    expect(await typeOf(thumbnail)).toBe("HTTP 202");
    await clearFault(fault);
    // A reader wakes the copy.
    const read = async () => (await typeOf(data.resultUrls[0] ?? "")) && (await typeOf(thumbnail));
    await expect.poll(read, { timeout: 30_000, interval: 300 }).toBe("image/webp");
  });

  it("are null for videos that come without, and for images that never came", async () => {
    const [video] = await resultsOf("", VIDEO);
    expect(video?.thumbnailUrl).toBeNull();
    const images = await resultsOf("failedResults=1", { ...IMAGE, imageCount: 2 });
    expect(images.map(({ fileUrl, thumbnailUrl }) => [fileUrl !== null, thumbnailUrl !== null])).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});
