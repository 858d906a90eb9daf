/** Every line of the log that a flow leaves, with what it must name and must not contain. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, createTenant, IMAGE, OPERATOR, untilEnded } from "../support/gateway.ts";
import { until } from "../support/until.ts";
import { openInbox } from "../support/webhook-inbox.ts";

interface Line extends Record<string, unknown> {
  readonly event: string;
}

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
let lines: { line: Line; text: string }[];

beforeEach(() => {
  lines = [];
  for (const level of ["log", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((text: unknown) => {
      if (typeof text === "string" && text.startsWith("{")) lines.push({ line: JSON.parse(text) as Line, text });
    });
  }
});
afterEach(() => vi.restoreAllMocks());

describe("the log of a flow", () => {
  it("names tenant, task, actor, request and trace on every line that has them, and nothing secret", async () => {
    const inbox = await openInbox({ status: 410 });
    const tenant = await createTenant();
    const { tenantId, keyId, key, auth } = tenant;
    const made = await call<{ secret: string }>("PUT", "/api/v1/webhook", { headers: auth, body: { url: inbox.url } });
    const { taskId, resultUrls } = (
      await call<{ taskId: number; resultUrls: string[] }>("POST", "/api/v1/task/generate", {
        headers: { ...auth, "x-request-id": "the-submission" },
        body: IMAGE,
      })
    ).data;
    const early = new URL(resultUrls[0] ?? "").pathname;
    expect((await call("GET", early, { headers: { "x-request-id": "too-early" } })).status).toBe(202);
    await untilEnded(tenant, taskId);
    const traced = { ...auth, "x-request-id": "traced-request", traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    await call("GET", `/api/v1/query/${taskId}`, { headers: traced });
    await call("GET", `/admin/v1/tenants/${tenantId}`, { headers: { ...OPERATOR, "x-request-id": "by-the-operator" } });
    const off = () => lines.find(({ line }) => line.event === "webhook-endpoint-disabled") ?? null;
    const disabled = await until("the 410 to be logged", async () => off(), 40_000);

    expect(disabled.line).toMatchObject({ tenantId, taskId, webhookId: expect.stringMatching(/^msg_/) });
    const requests = lines.filter(({ line }) => line.event === "request").map(({ line }) => line);
    const ofId = (requestId: string) => requests.find((line) => line.requestId === requestId);
    expect(ofId("traced-request")).toMatchObject({ tenantId, taskId, actor: keyId, traceId: TRACE, status: 200 });
    expect(ofId("by-the-operator")).toMatchObject({ tenantId, actor: "root" });
    expect(ofId("the-submission")).toMatchObject({ tenantId, taskId, actor: keyId, status: 200 });
    expect(ofId("too-early")).toMatchObject({ tenantId, taskId, status: 202 });
    expect(requests.find((line) => line.path === "/admin/v1/tenants")).toMatchObject({ tenantId, actor: "root" });
    for (const line of requests) expect(line.requestId).toEqual(expect.any(String));
    const ofObjects = lines.filter(({ line }) => line.event !== "request" && line.event !== "tenant-intent");
    for (const { line } of ofObjects) expect(line.tenantId, JSON.stringify(line)).toEqual(expect.any(String));
    for (const { text } of lines) {
      for (const secret of [key, made.data.secret, OPERATOR.authorization.slice(7), inbox.url, "sh-test-one"]) {
        expect(text).not.toContain(secret);
      }
    }
  });
});
