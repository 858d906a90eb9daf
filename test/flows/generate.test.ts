import { describe, expect, it } from "vitest";
import { call, createTenant, IMAGE, untilEnded } from "../support/gateway.ts";

describe("an existing client with a tenant's key", () => {
  it("submits, polls, and downloads from the stable URL it was given at submission", async () => {
    const tenant = await createTenant();
    const submitted = await call<{ taskId: number; resultUrls: string[] }>("POST", "/api/v1/task/generate", {
      headers: tenant.auth,
      body: IMAGE,
    });
    expect(submitted).toMatchObject({ status: 200, code: 0 });
    const ended = await untilEnded(tenant, submitted.data.taskId);
    expect(ended.results.map(({ fileUrl }) => fileUrl)).toEqual(submitted.data.resultUrls);
    const file = await call("GET", submitted.data.resultUrls[0] ?? "");
    expect(file.status).toBe(200);
    expect(file.headers.get("content-type")).toBe("image/png");
  });
});
