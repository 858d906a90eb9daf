/** Who may do what: the same cases for every protected route. */
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { OPERATOR_PERMISSIONS } from "../../src/domain/operator-permissions.ts";
import { OPERATOR_SCOPES, type OperatorScope } from "../../src/domain/operator-scopes.ts";
import { SCOPES } from "../../src/tenant/permissions.ts";
import { submit } from "../support/flow.ts";
import { type Answer, call, createTenant, IMAGE, OPERATOR, type TestTenant, untilEnded } from "../support/gateway.ts";
import { createOperator } from "../support/operator.ts";
import {
  addressOf,
  type BadCredential,
  badCredentials,
  OPERATOR_ROUTES,
  SIGNED_ROUTES,
  TENANT_ROUTES,
  type TenantRoute,
} from "../support/security-cases.ts";

const registered = createApp()
  .routes.filter(({ method }) => method !== "ALL")
  .map(({ method, path }) => ({ method, path, name: `${method} ${path}` }));
/** Where the surfaces beside the tenant API begin; their credentials are those of the tenant API. */
const OTHER_SURFACES = ["/v1/", "/mcp"] as const;
const operatorRoutes = registered.filter(({ path }) => path.startsWith("/admin/v1/") || path === "/metrics");
const tenantRoutes = TENANT_ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);

function ask(route: Pick<TenantRoute, "method" | "path" | "body">, headers: Record<string, string>, names = {}) {
  const init = route.body === undefined ? { headers } : { headers, body: route.body };
  return call<unknown>(route.method, addressOf(route.path, names), init);
}
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });
/** All of an answer that could tell one case from another. */
function allOf({ status, headers, text }: Answer<unknown>) {
  const rest = [...headers].filter(([name]) => name !== "x-request-id");
  return JSON.stringify([status, rest.toSorted(), text]);
}

let bad: BadCredential[];
/** One operator for each scope. */
let operators: Readonly<Record<OperatorScope, { operatorId: string; token: string }>>;
beforeAll(async () => {
  bad = await badCredentials();
  const made = OPERATOR_SCOPES.map(async (scope) => [scope, await createOperator([scope])] as const);
  operators = Object.fromEntries(await Promise.all(made)) as never;
}, 60_000);

describe("the list of protected routes", () => {
  it("is that of the routes that are registered", () => {
    const ofTenants = registered.filter(({ path }) => path.startsWith("/api/v1/")).map(({ name }) => name);
    const known = TENANT_ROUTES.map(({ method, path }) => `${method} ${path}`);
    expect([...known, ...SIGNED_ROUTES].toSorted()).toEqual([...new Set(ofTenants)].toSorted());
  });

  it("has an entry in the table of permissions for every route of the operator API", () => {
    const ofOperators = [...new Set(operatorRoutes.map(({ name }) => name))].toSorted();
    expect(Object.keys(OPERATOR_PERMISSIONS).toSorted()).toEqual(ofOperators);
    expect(OPERATOR_PERMISSIONS).toEqual(OPERATOR_ROUTES);
  });

  it("leaves nothing open but what is meant to be", () => {
    const open = registered.filter(
      ({ path }) =>
        !["/api/v1/", "/admin/v1/", "/portal", ...OTHER_SURFACES].some((protectedPath) =>
          path.startsWith(protectedPath),
        ),
    );
    const pages = [
      "/",
      "/docs",
      "/docs/operator",
      "/console",
      "/console/session",
      "/console/sessions",
      "/console/sessions/:sessionId",
      "/static/:name",
      "/brand/logo",
      "/brand/style.css",
      "/favicon.ico",
      "/robots.txt",
    ];
    const allowed = [...pages, "/healthz", "/llms.txt", "/openapi.json", "/openapi-tenant.json", "/metrics"];
    for (const { path } of open) expect(allowed).toContain(path);
  });
});

describe("the other surfaces", () => {
  const routes = registered.filter(({ path }) => OTHER_SURFACES.some((surface) => path.startsWith(surface)));

  it.each(routes.map(({ method, path }) => [method, path]))("want credentials: %s %s", async (method, path) => {
    for (const headers of [{}, { authorization: "Bearer pdk_made-up" }] as Record<string, string>[]) {
      const refused = await call(method, path.replaceAll(/:\w+/g, "x"), { headers });
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toBe("Bearer");
    }
  });

  it("are there", () => {
    expect(routes.length).toBeGreaterThan(8);
  });
});

describe.each(tenantRoutes)("%s", (_name, route) => {
  it("wants credentials", async () => {
    for (const headers of [
      {},
      { authorization: "Basic cGRrXzE6" },
      { authorization: "Bearer" },
      { authorization: "" },
    ]) {
      const answer = await ask(route, headers as Record<string, string>);
      expect(answer).toMatchObject({ status: 401, code: 20001, data: null });
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(answer.headers.get("x-request-id")).toMatch(/^[\w-]{8,}$/);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("ratelimit")).toBeNull();
    }
  });

  it("refuses every credential that does not count in the same words", async () => {
    const address = { "cf-connecting-ip": crypto.randomUUID() };
    const answers = await Promise.all(bad.map(({ credential }) => ask(route, { ...bearer(credential), ...address })));
    answers.forEach((answer, index) => {
      expect({ why: bad[index]?.why, status: answer.status, code: answer.code }).toEqual({
        why: bad[index]?.why,
        status: 401,
        code: 20008,
      });
    });
    expect(new Set(answers.map(allOf)).size).toBe(1);
  });

  it("refuses a key whose scopes do not allow it", async () => {
    const scopes = SCOPES.filter((scope) => scope !== route.scope);
    const { auth } = await createTenant({}, { scopes });
    const answer = await ask(route, auth);
    expect(answer).toMatchObject({ status: 403, code: 20002 });
    expect(answer.headers.get("ratelimit")).not.toBeNull();
  });

  it("refuses kinds of credentials that are not for it", async () => {
    const origin = "https://app.example";
    const tenant = await createTenant();
    const publishable = await call<{ key: string }>("POST", `/admin/v1/tenants/${tenant.tenantId}/keys`, {
      headers: OPERATOR,
      body: { name: "p", kind: "publishable", allowedOrigins: [origin] },
    });
    const token = await call<{ token: string }>("POST", "/api/v1/client-tokens", { headers: tenant.auth, body: {} });
    const credentials = { publishable: publishable.data.key, token: token.data.token };
    for (const [kind, credential] of Object.entries(credentials)) {
      const answer = await ask(route, { ...bearer(credential), origin });
      if (route.allow.includes(kind as keyof typeof credentials)) expect(answer.code).not.toBe(20002);
      else expect(answer).toMatchObject({ status: 403, code: 20002 });
    }
  });

  it("refuses a secret key that comes from a browser", async () => {
    const { auth } = await createTenant({}, { scopes: SCOPES, allowedOrigins: ["https://backend.example"] });
    expect(await ask(route, { ...auth, origin: "https://evil.example" })).toMatchObject({ status: 403, code: 20002 });
    const answer = await ask(route, { ...auth, origin: "https://backend.example" });
    if (route.allow.includes("secret")) expect(answer.code).not.toBe(20002);
  });

  it("counts against the rate limit", async () => {
    const { auth } = await createTenant({ requestsPerMinute: 0 });
    const answer = await ask(route, auth);
    expect(answer).toMatchObject({ status: 429, code: 70001, data: null });
    expect(answer.headers.get("ratelimit-policy")).toBe('"requests";q=0;w=60');
    expect(answer.headers.get("ratelimit")).toMatch(/^"requests";r=0;t=\d+$/);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("is closed to a suspended tenant", async () => {
    const { auth } = await createTenant({ status: "suspended" });
    const answer = await ask(route, auth);
    expect(answer).toMatchObject({ status: 403, code: 70004 });
    expect(answer.headers.get("ratelimit")).not.toBeNull();
  });
});

describe("what belongs to another tenant", () => {
  let mine: TestTenant;
  let other: TestTenant;
  let taskId: number;
  beforeAll(async () => {
    [mine, other] = [await createTenant(), await createTenant()];
    taskId = (await submit(mine, IMAGE)).data.taskId;
    await untilEnded(mine, taskId);
  });

  it.each(
    tenantRoutes.filter(([, { path }]) => path.includes(":taskId")),
  )("cannot be told from what is not there: %s", async (_name, route) => {
    const foreign = await ask(route, other.auth, { taskId });
    const absent = await ask(route, other.auth, { taskId: taskId + 1 });
    expect(foreign).toMatchObject({ status: 404, code: 40002 });
    expect(foreign.text).toBe(absent.text);
    const own = route.method === "DELETE" ? { status: 200 } : await ask(route, mine.auth, { taskId });
    expect(own.status).not.toBe(404);
  });
});

describe.each(operatorRoutes.map((route) => [route.name, route] as const))("%s", (_name, route) => {
  it("wants the operator's token, and nothing else will do", async () => {
    const { key } = await createTenant();
    const address = { "cf-connecting-ip": crypto.randomUUID() };
    const ask = (headers: Record<string, string>) =>
      call(route.method, addressOf(route.path), { headers: { ...headers, ...address } });
    expect(await ask({})).toMatchObject({ status: 401, code: 20001 });
    expect(await ask({ authorization: "Basic b3BlcmF0b3I6" })).toMatchObject({ status: 401, code: 20001 });
    const token = OPERATOR.authorization.slice("Bearer ".length);
    const wrong = ["x", `${token}x`, token.slice(0, -1), token.toUpperCase(), "operator"];
    const answers = await Promise.all([...wrong, key].map((credential) => ask(bearer(credential))));
    for (const answer of answers) expect(answer).toMatchObject({ status: 401, code: 20008 });
    // A tenant's key is named as such; of the others nobody can tell how close they are.
    expect(new Set(answers.slice(0, wrong.length).map(allOf)).size).toBe(1);
  });

  it.each(OPERATOR_SCOPES)("asks the operator's scopes: %s", async (scope) => {
    const enough = OPERATOR_ROUTES[route.name] ?? [];
    const answer = await call(route.method, addressOf(route.path), { headers: bearer(operators[scope].token) });
    expect(answer.headers.get("ratelimit")).not.toBeNull();
    if (enough.includes(scope)) {
      expect([200, 400, 404]).toContain(answer.status);
    } else {
      expect(answer).toMatchObject({ status: 403, code: 20002, data: null });
      for (const needed of enough) expect(answer.msg).toContain(needed);
    }
  });
});
