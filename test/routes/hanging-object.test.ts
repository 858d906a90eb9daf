/** Every route of the operator and of the portal's pages ends while an object that it calls hangs. */
import { afterEach, expect, it, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { Directory } from "../../src/directory/object.ts";
import { breakObject } from "../support/break-object.ts";
import { type Answer, call, createTenant, OPERATOR } from "../support/gateway.ts";
import { submitImage } from "../support/operator.ts";
import { portalPath, SAME_ORIGIN, signIn } from "../support/portal.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const SAFE = "it is safe to repeat";
const CHECK = "check before you repeat it";
const PARAMETERS: Readonly<Record<string, string>> = {
  ":taskId": "1234567890123456",
  ":month": "2026-01",
  ":endUser": "ann",
  ":operatorId": "op_00000000000000000000",
};

/** Methods and paths of the Worker's routes under a prefix, with values in place of parameters. */
function routesUnder(prefix: string): string[] {
  const routes = createApp().routes.filter(({ method, path }) => method !== "ALL" && path.startsWith(prefix));
  const concrete = routes.map(
    ({ method, path }) =>
      `${method} ${path.slice(prefix.length).replaceAll(/:\w+/g, (name) => PARAMETERS[name] ?? "x")}`,
  );
  return [...new Set(concrete)];
}

/** Sends all requests at once. @returns the responses by method and path, once all have one */
async function responsesOf(
  routes: readonly string[],
  { prefix, headers, bodies }: { prefix: string; headers: Record<string, string>; bodies: Record<string, unknown> },
): Promise<Map<string, Answer<Record<string, unknown> | null>>> {
  const waiting = new Set(routes);
  const responses = new Map<string, Answer<Record<string, unknown> | null>>();
  for (const route of routes) {
    const [method = "", path = ""] = route.split(" ");
    const body = bodies[route];
    void call(method, prefix + path, { headers, ...(body !== undefined && { body }) }).then((answer) => {
      responses.set(route, answer);
      waiting.delete(route);
    });
  }
  await expect.poll(() => [...waiting], { timeout: 25_000 }).toEqual([]);
  return responses;
}

/** Expects 503 with Retry-After, and that the error of a change describes its outcome. */
function expectUnavailable(route: string, answer: Answer<unknown> | undefined): void {
  expect(answer, route).toMatchObject({ status: 503, code: 10001 });
  expect(Number(answer?.headers.get("retry-after")), route).toBeGreaterThan(0);
  const [method = "", path = ""] = route.split(" ");
  const outcome = method === "GET" || path.endsWith("/restore") ? "" : method === "POST" ? CHECK : SAFE;
  expect(answer?.msg, route).toContain(outcome);
  if (outcome === "") expect(answer?.msg).not.toMatch(/repeat/);
}

it("every operator route of a tenant whose object hangs", async () => {
  const tenant = await createTenant();
  const prefix = "/admin/v1/tenants/:tenantId";
  await breakObject(tenant, "hangs");
  const bodies = {
    "PATCH ": { markup: 2 },
    "POST /credits": { credits: 1 },
    "POST /keys": {},
    "PATCH /keys/x": { name: "new" },
    "PUT /end-users/ann": { monthlyCredits: 1 },
    "POST /restore": { at: "2026-01-01T00:00:00Z", dryRun: true },
  };
  const deletion = "DELETE ";
  const routes = routesUnder(prefix).filter((route) => route !== deletion);
  expect(routes.length).toBeGreaterThan(20);
  const path = `/admin/v1/tenants/${tenant.tenantId}`;
  const responses = await responsesOf(routes, { prefix: path, headers: OPERATOR, bodies });
  expect(responses.get("GET ")).toMatchObject({ status: 200, data: { unavailable: true } });
  for (const route of routes) if (route !== "GET ") expectUnavailable(route, responses.get(route));
  const csv = await responsesOf(["GET /ledger", "GET /tasks", "GET /usage", "GET /statements/2026-01"], {
    prefix: path,
    headers: { ...OPERATOR, accept: "text/csv" },
    bodies,
  });
  for (const [route, answer] of csv) expectUnavailable(route, answer);
  const views = ["/admin/v1/tenants", `/admin/v1/search?q=${tenant.tenantId}`, "/admin/v1/overview", "/metrics"];
  const all = await responsesOf(
    views.map((view) => `GET ${view}`),
    { prefix: "", headers: OPERATOR, bodies },
  );
  expect([...all.values()].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const ended = await responsesOf([deletion], { prefix: path, headers: OPERATOR, bodies });
  expect(ended.get(deletion)).toMatchObject({ status: 200, data: { status: "deleted" } });
}, 90_000);

it("every portal route of a tenant whose object hangs, and its files", async () => {
  const [tenant, whole] = [await createTenant({}, { scopes: ["portal", "generate"] }), await createTenant()];
  const [session, other] = [await signIn(tenant), await signIn(whole)];
  const { resultUrls } = (await submitImage(tenant.auth)).data;
  await breakObject(tenant, "hangs");
  const prefix = "/portal/t/:tenantId/api";
  // These are calls of the tenant's API, which wait longer (docs/reliability.md).
  const asCaller = ["POST /task/estimate", "POST /task/generate", "POST /files/uploads"];
  const events = "GET /tasks/1234567890123456/events";
  const routes = routesUnder(prefix).filter((route) => !asCaller.includes(route) && route !== events);
  expect(routes.length).toBeGreaterThan(15);
  const bodies = {
    "POST /keys": { kind: "secret" },
    "PUT /webhook": { url: "https://hooks.example/x" },
    "POST /portal-links": { person: "Ann" },
    "PUT /end-users/ann": { monthlyCredits: 1 },
  };
  const headers = { ...session, ...SAME_ORIGIN };
  const responses = await responsesOf(routes, { prefix: portalPath(session, ""), headers, bodies });
  for (const route of routes) expectUnavailable(route, responses.get(route));

  const signInByKey = "POST /portal/session";
  const pages = await responsesOf([signInByKey, "GET /portal/sessions"], {
    prefix: "",
    headers: { cookie: `${session.cookie}; ${other.cookie}`, "content-type": "application/json", ...SAME_ORIGIN },
    bodies: { [signInByKey]: { key: tenant.key } },
  });
  expectUnavailable(signInByKey, pages.get(signInByKey));
  expect(pages.get("GET /portal/sessions")?.data).toMatchObject({ portals: [{ tenantId: whole.tenantId }] });
  const file = `GET ${resultUrls[0]}`;
  expect((await responsesOf([file], { prefix: "", headers: {}, bodies })).get(file)?.status).toBe(503);
}, 90_000);

/** A search responds with less; a logo has its bytes as its body, and is stored like the rest of the brand. */
const WITH_INPUT = ["GET /search", "PUT /branding/logo"];

it("every route whose Directory hangs", async () => {
  const names = [Directory, Object.getPrototypeOf(Directory) as typeof Directory].flatMap(({ prototype }) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) =>
      name !== "constructor" && typeof value === "function" ? [{ prototype, name }] : [],
    ),
  );
  for (const { prototype, name } of names) {
    vi.spyOn(prototype as unknown as Record<string, () => Promise<never>>, name).mockReturnValue(new Promise(() => {}));
  }
  const bodies = {
    "POST /tenants": { name: "new" },
    "PUT /prices": { prices: [] },
    "POST /operators": { name: "ann", scopes: ["read"] },
    "PATCH /operators/op_00000000000000000000": { name: "bob" },
    "PUT /webhook": { url: "https://hooks.example/x" },
    "PUT /branding": { name: "new" },
  };
  const prefix = "/admin/v1";
  const routes = routesUnder(`${prefix}/`).map((route) => route.replace(" ", " /"));
  const ofAll = routes.filter((route) => !route.includes("/tenants/x") && !WITH_INPUT.includes(route));
  const responses = await responsesOf(ofAll, { prefix, headers: OPERATOR, bodies });
  const statuses = Object.fromEntries([...responses].map(([route, { status }]) => [route, status]));
  expect(statuses).toEqual(Object.fromEntries(ofAll.map((route) => [route, 503])));
  const shown = await responsesOf(["GET /metrics", "GET /admin/v1/search?q=ann"], {
    prefix: "",
    headers: OPERATOR,
    bodies,
  });
  expect(shown.get("GET /metrics")?.text).toContain("paddock_directory_up 0");
  expect(shown.get("GET /admin/v1/search?q=ann")?.data).toMatchObject({ results: [], incomplete: true });
}, 90_000);
