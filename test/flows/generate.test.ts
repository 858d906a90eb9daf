import { describe, expect, it } from "vitest";
import { DOCUMENTED_REQUESTS } from "../../scripts/documented-requests.ts";
import { type Submitted, submit } from "../support/flow.ts";
import { call, createTenant, IMAGE, untilEnded } from "../support/gateway.ts";

/** Every field of the upstream's `data`, in the order of its documentation. */
const DOCUMENTED_FIELDS = [
  ...["taskId", "taskName", "taskStatus", "taskType", "progress", "modelId", "genMethod", "prompt", "negativePrompt"],
  ...["resolution", "durationSeconds", "aspectRatio", "imageCount", "size", "quality", "seed", "generateAudio"],
  ...[
    "refImageUrls",
    "refVideoUrls",
    "refAudioUrls",
    "failReason",
    "subTaskTotal",
    "subTaskDone",
    "createTime",
    "results",
  ],
];
const DOCUMENTED_RESULT_FIELDS = [
  "fileUrl",
  "thumbnailUrl",
  "durationSeconds",
  "width",
  "height",
  "subStatus",
  "failReason",
];

describe("an existing client with a tenant's key", () => {
  it("submits, polls, and downloads from the stable URL it was given at submission", async () => {
    const tenant = await createTenant();
    const submitted = await call<Submitted>("POST", "/api/v1/task/generate", { headers: tenant.auth, body: IMAGE });
    expect(submitted).toMatchObject({ status: 200, code: 0 });
    expect(Object.keys(submitted.data).toSorted()).toEqual(["estimatedCredits", "resultUrls", "taskId", "taskNo"]);
    expect(Number.isSafeInteger(submitted.data.taskId)).toBe(true);
    expect(submitted.data.taskNo).toMatch(/^[0-9a-f]{32}$/);
    const ended = await untilEnded(tenant, submitted.data.taskId);
    expect(ended.results.map(({ fileUrl }) => fileUrl)).toEqual(submitted.data.resultUrls);
    const [createdAt, endedAt] = [Date.parse(String(ended.createdAt)), Date.parse(String(ended.endedAt))];
    expect(endedAt).toBeGreaterThan(createdAt);
    const file = await call("GET", submitted.data.resultUrls[0] ?? "");
    expect(file.status).toBe(200);
    expect(file.headers.get("content-type")).toBe("image/png");
  });

  it.concurrent.each(
    DOCUMENTED_REQUESTS.map(({ title, medium, body }) => [title, medium, body] as const),
  )("gets what the documentation promises for its own example: %s", async (_title, medium, body) => {
    const tenant = await createTenant();
    const submitted = await submit(tenant, body);
    expect(submitted).toMatchObject({ status: 200, code: 0, msg: "success" });
    const { taskId, resultUrls, estimatedCredits } = submitted.data;
    const path = `/api/v1/query/${taskId}`;
    const running = await call("GET", path, { headers: tenant.auth });
    const ended = { ...(await untilEnded(tenant, taskId)) } as unknown as Record<string, unknown>;
    const asked = JSON.parse(body) as Record<string, unknown>;
    for (const shown of [running.data, ended]) {
      for (const field of DOCUMENTED_FIELDS) expect(shown).toHaveProperty(field);
      expect(shown).toMatchObject({ taskId, estimatedCredits, metadata: {}, genMethod: asked.type });
      for (const name of ["prompt", "taskName"]) expect(shown[name]).toBe(asked[name]);
      expect(shown.taskType).toBe(medium === "video" ? 1 : 2);
      expect(shown.createTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    }
    expect(ended).toMatchObject({ taskStatus: 2, progress: 100, failReason: "" });
    const [result] = ended.results as Record<string, unknown>[];
    for (const field of DOCUMENTED_RESULT_FIELDS) expect(result).toHaveProperty(field);
    expect(resultUrls).toHaveLength(1);
    expect(resultUrls[0]).toMatch(medium === "video" ? /\/0\.mp4$/ : /\/0\.png$/);
    const file = await call("HEAD", resultUrls[0] ?? "");
    expect(file.headers.get("content-type")).toBe(medium === "video" ? "video/mp4" : "image/png");
    expect(Number(file.headers.get("content-length"))).toBeGreaterThan(1_000);
  });
});
