import { Hono } from "hono";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AppEnv } from "../../src/context.ts";
import { requestId } from "../../src/middleware/request-id.ts";

const app = new Hono<AppEnv>();
app.use(requestId());
app.all("*", (c) => new Response(null, { status: Number(c.req.query("status") ?? 200) }));

let lines: Record<string, unknown>[];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => {
    lines.push(JSON.parse(line));
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

it("the id of the answer is the one in the request's line, which has no query string", async () => {
  const response = await app.request("/api/v1/tasks?token=secret", { headers: { "x-request-id": "mine-1" } });
  expect(response.headers.get("x-request-id")).toBe("mine-1");
  expect(lines).toEqual([
    {
      level: "info",
      event: "request",
      at: expect.any(String),
      requestId: "mine-1",
      method: "GET",
      path: "/api/v1/tasks",
      status: 200,
      ms: expect.any(Number),
    },
  ]);
});

it.each([
  ["GET", "/files/token/0.png", 200],
  ["HEAD", "/files/token/0.png", 200],
  ["GET", "/files/token/0.mp4", 206],
  ["GET", "/uploads/token", 304],
])("a file that is served leaves no line: %s %s %s", async (method, path, status) => {
  const response = await app.request(`${path}?status=${status}`, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(lines).toEqual([]);
});

it.each([
  202, 403, 404, 410, 416, 503,
])("a file that is not served leaves one without its token: %s", async (status) => {
  await app.request(`/files/token/0.png?status=${status}`);
  expect(lines).toMatchObject([{ path: "/files/…/0.png", status }]);
});

it.each([
  `pdk_${"A".repeat(68)}`,
  `pdt_ey${"a".repeat(30)}.${"b".repeat(20)}`,
  `pdo_${"b-_".repeat(10)}`,
  `whsec_${"c".repeat(44)}`,
  `sh-${"d".repeat(32)}`,
])("a credential in the path or in X-Request-Id is neither logged nor returned: %s", async (credential) => {
  const response = await app.request(`/api/v1/query/${credential}`, { headers: { "x-request-id": credential } });
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toContain(credential);
  expect(lines[0]?.path).toMatch(/^\/api\/v1\/query\/(pd[kto]_|whsec_|sh-)…$/);
});

it.each([
  "push-notifications-of-today",
  "end-users/sh-anna",
  "query/123",
])("an id that only begins so is: %s", async (id) => {
  const response = await app.request(`/api/v1/${id}`, { headers: { "x-request-id": id } });
  expect(response.headers.get("x-request-id")).toBe(id);
  expect(lines).toMatchObject([{ path: `/api/v1/${id}`, requestId: id }]);
});
