import { exports } from "cloudflare:workers";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../../src/context.ts";
import { ROOT } from "../../src/domain/operator-scopes.ts";
import { GatewayError } from "../../src/errors.ts";
import { OPERATOR_REQUESTS_PER_MINUTE, operatorLimit } from "../../src/middleware/operator-limit.ts";
import { requestId } from "../../src/middleware/request-id.ts";
import { BASE, OPERATOR } from "../support/gateway.ts";

const fetchGateway = (path: string, init: RequestInit) => exports.default.fetch(new Request(BASE + path, init));

describe("an answer to the operator", () => {
  it.each([
    ["GET", "/admin/v1/tenants", 200],
    ["GET", "/admin/v1/tenants?limit=x", 400],
    ["POST", "/admin/v1/tenants", 400],
    ["GET", "/admin/v1/tenants/ten_00112233445566778899", 404],
    ["GET", "/admin/v1/nothing", 404],
    ["GET", "/metrics", 200],
  ])("has the rate limit's headers: %s %s", async (method, path, status) => {
    const response = await fetchGateway(path, { method, headers: OPERATOR });
    await response.text();
    expect(response.status).toBe(status);
    expect(response.headers.get("ratelimit-policy")).toBe(`"requests";q=${OPERATOR_REQUESTS_PER_MINUTE};w=60`);
    expect(response.headers.get("ratelimit")).toMatch(/^"requests";r=\d+;t=\d+$/);
  });

  it("has none for who is not the operator", async () => {
    const response = await fetchGateway("/admin/v1/tenants", { headers: { authorization: "Bearer someone" } });
    await response.text();
    expect(response.status).toBe(401);
    expect(response.headers.has("ratelimit")).toBe(false);
  });
});

it("a script in a loop gets 429 with Retry-After", async () => {
  const app = new Hono<AppEnv>();
  app.use(requestId());
  app.use((c, next) => {
    c.set("operator", { ...ROOT, id: c.req.query("operator") ?? "opr_1" });
    return next();
  });
  app.use(operatorLimit(2));
  app.get("/", (c) => c.text("served"));
  app.onError((error, c) =>
    c.json(error instanceof GatewayError ? error.error : String(error), error instanceof GatewayError ? 429 : 500),
  );
  const responses: Response[] = [];
  for (let request = 0; request < 3; request++) responses.push(await app.request("/"));
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect((await app.request("/?operator=opr_2")).status).toBe(200);
  expect(responses.map(({ headers }) => headers.get("ratelimit")?.split(";")[1])).toEqual(["r=1", "r=0", "r=0"]);
  expect(await responses[2]?.json()).toMatchObject({ code: 70001, status: 429, retryAfterSeconds: expect.any(Number) });
});
