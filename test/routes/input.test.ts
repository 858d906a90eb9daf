/** What people really send: unknown and repeated parameters, null, forms, compressed bodies, strict requests. */
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { type Answer, call, createTenant, IMAGE, OPERATOR, type TestTenant } from "../support/gateway.ts";
import { portalPath, SAME_ORIGIN, signIn } from "../support/portal.ts";

interface Refusal {
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

let tenant: TestTenant;
let portal: Record<string, string>;
beforeAll(async () => {
  tenant = await createTenant();
  portal = { ...(await signIn(tenant)), ...SAME_ORIGIN };
}, 60_000);

const json = (auth: Record<string, string>) => ({ ...auth, "content-type": "application/json" });
const pathsOf = ({ data }: Answer<Refusal>) => data.issues.map(({ path }) => path);

const HALF = "half \ud800 of a character";

describe("a name with half of a character", () => {
  it.each([
    ["a tenant", () => call("POST", "/admin/v1/tenants", { headers: OPERATOR, body: { name: HALF } })],
    [
      "an external id",
      () => call("POST", "/admin/v1/tenants", { headers: OPERATOR, body: { name: "x", externalId: HALF } }),
    ],
    [
      "a token's end user",
      () => call("POST", "/api/v1/client-tokens", { headers: tenant.auth, body: { endUser: HALF } }),
    ],
    [
      "an operator",
      () => call("POST", "/admin/v1/operators", { headers: OPERATOR, body: { name: HALF, scopes: ["read"] } }),
    ],
  ])("is refused for %s, because it would be stored as another one", async (_, send) => {
    expect(await send()).toMatchObject({ status: 400, code: 30001 });
  });
});

const MONTH = new Date().toISOString().slice(0, 7);

const LISTS: readonly [string, () => { path: string; headers: Record<string, string> }][] = [
  ["tasks", () => ({ path: "/api/v1/tasks", headers: tenant.auth })],
  ["usage", () => ({ path: "/api/v1/usage", headers: tenant.auth })],
  ["models", () => ({ path: "/api/v1/models", headers: tenant.auth })],
  ["deliveries", () => ({ path: "/api/v1/tasks/1/deliveries", headers: tenant.auth })],
  ["client tokens", () => ({ path: "/api/v1/client-tokens", headers: tenant.auth })],
  ["end users", () => ({ path: "/api/v1/end-users", headers: tenant.auth })],
  ["all deliveries", () => ({ path: "/api/v1/deliveries", headers: tenant.auth })],
  ...["portal-sessions", "end-users", "client-tokens"].map(
    (name): [string, () => { path: string; headers: Record<string, string> }] => [
      `a tenant's ${name}`,
      () => ({ path: `/admin/v1/tenants/${tenant.tenantId}/${name}`, headers: OPERATOR }),
    ],
  ),
  ...["sessions", "deliveries", "end-users", "client-tokens"].map(
    (name): [string, () => { path: string; headers: Record<string, string> }] => [
      `the portal's ${name}`,
      () => ({ path: portalPath(portal, `/${name}`), headers: portal }),
    ],
  ),
  ["a tenant's deliveries", () => ({ path: `/admin/v1/tenants/${tenant.tenantId}/deliveries`, headers: OPERATOR })],
  ["tenants", () => ({ path: "/admin/v1/tenants", headers: OPERATOR })],
  ["tenants' summaries", () => ({ path: "/admin/v1/tenant-summaries", headers: OPERATOR })],
  ["numbers of tenants", () => ({ path: "/admin/v1/tenant-counts", headers: OPERATOR })],
  ["margins", () => ({ path: "/admin/v1/margins", headers: OPERATOR })],
  ["upstream prices", () => ({ path: "/admin/v1/upstream-prices", headers: OPERATOR })],
  ["prices", () => ({ path: "/admin/v1/prices", headers: OPERATOR })],
  ["the rollout of prices", () => ({ path: "/admin/v1/prices/rollout", headers: OPERATOR })],
  ["overview", () => ({ path: "/admin/v1/overview", headers: OPERATOR })],
  ["audit", () => ({ path: "/admin/v1/audit", headers: OPERATOR })],
  ["keys", () => ({ path: `/admin/v1/tenants/${tenant.tenantId}/keys`, headers: OPERATOR })],
  ["a tenant's tasks", () => ({ path: `/admin/v1/tenants/${tenant.tenantId}/tasks`, headers: OPERATOR })],
  ["a tenant's usage", () => ({ path: `/admin/v1/tenants/${tenant.tenantId}/usage`, headers: OPERATOR })],
  ["a tenant's export", () => ({ path: `/admin/v1/tenants/${tenant.tenantId}/export`, headers: OPERATOR })],
  ["a tenant's ledger", () => ({ path: `/admin/v1/tenants/${tenant.tenantId}/ledger`, headers: OPERATOR })],
  ["statements", () => ({ path: `/api/v1/statements/${MONTH}`, headers: tenant.auth })],
  [
    "a tenant's statements",
    () => ({ path: `/admin/v1/tenants/${tenant.tenantId}/statements/${MONTH}`, headers: OPERATOR }),
  ],
  ["the portal's statements", () => ({ path: portalPath(portal, `/statements/${MONTH}`), headers: portal })],
  ["the portal's tasks", () => ({ path: portalPath(portal, "/tasks"), headers: portal })],
  ["the portal's usage", () => ({ path: portalPath(portal, "/usage"), headers: portal })],
  ["the portal's ledger", () => ({ path: portalPath(portal, "/ledger"), headers: portal })],
  ["the portal's keys", () => ({ path: portalPath(portal, "/keys"), headers: portal })],
];

/** GET routes that show one thing, or a few that nobody adds to: parameters are not theirs to refuse. */
const NO_LISTS = new Set([
  ...["query/:", "tasks/:/events", "client-token", "end-users/:", "deliveries/:", "account", "webhook"].map(
    (path) => `/api/v1/${path}`,
  ),
  ...[
    "tenants/:",
    "tenants/:/tasks/:",
    "tenants/:/webhook",
    "tenants/:/end-users/:",
    "tenants/:/deliveries/:",
    "prices",
    "branding",
    "operators",
    "operators/:",
    "operators/:/sessions",
    "search",
    "webhook",
  ].map((path) => `/admin/v1/${path}`),
  ...[
    "end-users/:",
    "deliveries/:",
    "account",
    "models",
    "webhook",
    "tasks/:",
    "tasks/:/events",
    "tasks/:/story",
    "tasks/:/deliveries",
  ].map((path) => `/portal/t/:/api/${path}`),
]);

describe("the parameters of every list", () => {
  it("are tested: each GET route is among the lists or is none", () => {
    const nameless = (path: string) =>
      path
        .replaceAll(/:\w+/g, ":")
        .replace(/\/(\d+|ten_\w+)(?=\/)/g, "/:")
        .replace(MONTH, ":");
    const known = new Set([...NO_LISTS, ...LISTS.map(([, list]) => nameless(list().path))]);
    const routes = createApp().routes.filter(
      ({ method, path }) =>
        method === "GET" && /^\/(api\/v1|admin\/v1|portal\/t\/:tenantId\/api)\//.test(path) && !path.includes("*"),
    );
    expect(routes.length).toBeGreaterThan(20);
    const unknown = routes.map(({ path }) => nameless(path)).filter((path) => !known.has(path));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it.each(LISTS)("are refused when unknown or repeated: %s", async (_, list) => {
    const { path, headers } = list();
    for (const [query, name] of [
      ["statuss=3", "statuss"],
      ["limit=5&limit=5", "limit"],
      ["page=2&page=3", "page"],
    ]) {
      const answer = await call<Refusal>("GET", `${path}?${query}`, { headers });
      expect(answer, `${path}?${query}`).toMatchObject({ status: 400, code: 30001 });
      expect(pathsOf(answer)).toContain(name);
      expect(answer.msg).toContain(name);
    }
  });

  it.each(
    LISTS.filter(([name]) => /tasks|usage|ledger|margins/.test(name)),
  )("may not end before it begins: %s", async (_, list) => {
    const { path, headers } = list();
    const answer = await call<Refusal>("GET", `${path}?from=2026-11-23&to=2026-11-22`, { headers });
    expect(answer).toMatchObject({ status: 400, code: 30001 });
    expect(pathsOf(answer)).toEqual(["from"]);
    expect((await call("GET", `${path}?from=2026-11-22&to=2026-11-22`, { headers })).status).toBe(200);
  });
});

const BODIES: readonly [
  string,
  () => { method: string; path: string; headers: Record<string, string>; body: object },
][] = [
  ["a tenant", () => ({ method: "POST", path: "/admin/v1/tenants", headers: OPERATOR, body: { name: "x" } })],
  ["settings", () => ({ method: "PATCH", path: `/admin/v1/tenants/${tenant.tenantId}`, headers: OPERATOR, body: {} })],
  ["a key", () => ({ method: "POST", path: `/admin/v1/tenants/${tenant.tenantId}/keys`, headers: OPERATOR, body: {} })],
  [
    "a key's settings",
    () => ({
      method: "PATCH",
      path: `/admin/v1/tenants/${tenant.tenantId}/keys/${tenant.keyId}`,
      headers: OPERATOR,
      body: {},
    }),
  ],
  [
    "a rotation",
    () => ({
      method: "POST",
      path: `/admin/v1/tenants/${tenant.tenantId}/keys/key_0000000000000000/rotate`,
      headers: OPERATOR,
      body: {},
    }),
  ],
  [
    "credits",
    () => ({
      method: "POST",
      path: `/admin/v1/tenants/${tenant.tenantId}/credits`,
      headers: OPERATOR,
      body: { credits: 1 },
    }),
  ],
  [
    "a portal link",
    () => ({ method: "POST", path: `/admin/v1/tenants/${tenant.tenantId}/portal-links`, headers: OPERATOR, body: {} }),
  ],
  ["the brand", () => ({ method: "PUT", path: "/admin/v1/branding", headers: OPERATOR, body: {} })],
  ["prices", () => ({ method: "PUT", path: "/admin/v1/prices", headers: OPERATOR, body: { prices: [] } })],
  ["a client token", () => ({ method: "POST", path: "/api/v1/client-tokens", headers: tenant.auth, body: {} })],
  [
    "an endpoint",
    () => ({ method: "PUT", path: "/api/v1/webhook", headers: tenant.auth, body: { url: "https://example.com/hook" } }),
  ],
  ["a secret's rotation", () => ({ method: "POST", path: "/api/v1/webhook/rotate", headers: tenant.auth, body: {} })],
  ["a test", () => ({ method: "POST", path: "/api/v1/webhook/test", headers: tenant.auth, body: {} })],
  [
    "a redelivery",
    () => ({ method: "POST", path: "/api/v1/tasks/1/deliveries/redeliver", headers: tenant.auth, body: {} }),
  ],
  [
    "a tenant's end user",
    () => ({ method: "PUT", path: `/admin/v1/tenants/${tenant.tenantId}/end-users/u`, headers: OPERATOR, body: {} }),
  ],
  [
    "a tenant's failed deliveries",
    () => ({
      method: "POST",
      path: `/admin/v1/tenants/${tenant.tenantId}/deliveries/redeliver`,
      headers: OPERATOR,
      body: {},
    }),
  ],
  [
    "failed deliveries",
    () => ({ method: "POST", path: "/api/v1/deliveries/redeliver", headers: tenant.auth, body: {} }),
  ],
  [
    "the portal's failed deliveries",
    () => ({ method: "POST", path: portalPath(portal, "/deliveries/redeliver"), headers: portal, body: {} }),
  ],
  [
    "the portal's end user",
    () => ({ method: "PUT", path: portalPath(portal, "/end-users/u"), headers: portal, body: {} }),
  ],
  [
    "the portal's invitation",
    () => ({ method: "POST", path: portalPath(portal, "/portal-links"), headers: portal, body: {} }),
  ],
  ["the portal's key", () => ({ method: "POST", path: portalPath(portal, "/keys"), headers: portal, body: {} })],
  [
    "the portal's endpoint",
    () => ({
      method: "PUT",
      path: portalPath(portal, "/webhook"),
      headers: portal,
      body: { url: "https://example.com/hook" },
    }),
  ],
  [
    "the portal's secret",
    () => ({ method: "POST", path: portalPath(portal, "/webhook/rotate"), headers: portal, body: {} }),
  ],
];

describe("every body of the gateway's own", () => {
  it.each(BODIES)("is refused with a field that is not known: %s", async (_, request) => {
    const { method, path, headers, body } = request();
    const answer = await call<Refusal>(method, path, { headers: json(headers), body: { ...body, eventz: ["a"] } });
    expect(answer).toMatchObject({ status: 400, code: 30001 });
    expect(pathsOf(answer)).toEqual(["eventz"]);
  });

  it.each(BODIES)("is refused when it is compressed or a form: %s", async (_, request) => {
    const { method, path, headers, body } = request();
    for (const coding of ["gzip", "br", "deflate", "identity, gzip", "GZIP"]) {
      const answer = await call(method, path, { headers: { ...json(headers), "content-encoding": coding }, body });
      expect(answer, coding).toMatchObject({ status: 415, code: 70008 });
    }
    const form = { ...headers, "content-type": "application/x-www-form-urlencoded" };
    expect(await call(method, path, { headers: form, body: "name=x&credits=1" })).toMatchObject({
      status: 415,
      code: 70008,
    });
    const parts = { ...headers, "content-type": "multipart/form-data; boundary=b" };
    const multipart = '--b\r\ncontent-disposition: form-data; name="name"\r\n\r\nx\r\n--b--\r\n';
    expect(await call(method, path, { headers: parts, body: multipart })).toMatchObject({ status: 415, code: 70008 });
  });
});

describe("a JSON body", () => {
  it.each([
    undefined,
    "text/plain",
    "application/json; charset=utf-16",
    "nonsense",
    "application/x-www-form-urlencoded",
  ])("is read whatever its Content-Type is: %s", async (type) => {
    const headers = { ...tenant.auth, "content-encoding": "identity", ...(type && { "content-type": type }) };
    const body = JSON.stringify(IMAGE);
    expect(await call("POST", "/api/v1/task/estimate", { headers, body })).toMatchObject({ status: 200, code: 0 });
  });

  it("that is compressed is refused for a submission too", async () => {
    const headers = { ...json(tenant.auth), "content-encoding": "gzip" };
    for (const path of ["/api/v1/task/generate", "/api/v1/task/estimate"]) {
      expect(await call("POST", path, { headers, body: IMAGE })).toMatchObject({ status: 415, code: 70008 });
    }
  });
});

describe("null", () => {
  const admin = (method: string, path: string, body: object) =>
    call<Record<string, unknown>>(method, `/admin/v1${path}`, { headers: json(OPERATOR), body });

  it("means not given when something is created", async () => {
    const settings = [
      "status",
      "billing",
      "markup",
      "requestsPerMinute",
      "concurrentTasks",
      "monthlyCredits",
      "models",
    ];
    const nulls = Object.fromEntries(
      [...settings, "retentionDays", "filesVisibility", "prices"].map((name) => [name, null]),
    );
    const created = await admin("POST", "/tenants", { name: "nulls", ...nulls });
    expect(created.data).toMatchObject({ status: "active", billing: "unmetered", markup: 1, concurrentTasks: 10 });
    const names = [
      "name",
      "kind",
      "scopes",
      "models",
      "allowedOrigins",
      "expiresAt",
      "requestsPerMinute",
      "monthlyCredits",
    ];
    const key = await admin(
      "POST",
      `/tenants/${String(created.data.tenantId)}/keys`,
      Object.fromEntries(names.map((name) => [name, null])),
    );
    expect(key).toMatchObject({ code: 0, data: { kind: "secret", expiresAt: null, models: null } });
    expect(key.data.scopes).toContain("generate");
    expect(await admin("POST", "/tenants", { name: null })).toMatchObject({ status: 400, code: 30001 });
  });

  it("clears what can be null in a PATCH, and leaves the rest unchanged", async () => {
    const before = { name: "kept", markup: 2, billing: "prepaid", monthlyCredits: 5, models: ["Seedance 2.0"] };
    const { data } = await admin("POST", "/tenants", before);
    const path = `/tenants/${String(data.tenantId)}`;
    const nulls = { name: null, markup: null, billing: null, status: null, monthlyCredits: null, models: null };
    const after = await admin("PATCH", path, nulls);
    expect(after).toMatchObject({ code: 0, data: { ...before, monthlyCredits: null, models: null } });
    const key = await admin("POST", `${path}/keys`, { name: "key", scopes: ["read"], requestsPerMinute: 5 });
    const patched = await admin("PATCH", `${path}/keys/${String(key.data.keyId)}`, {
      name: null,
      scopes: null,
      requestsPerMinute: null,
    });
    expect(patched).toMatchObject({ code: 0, data: { name: "key", scopes: ["read"], requestsPerMinute: null } });
  });

  it("stands for all models, scopes and events; an empty list is refused", async () => {
    for (const [method, path, body] of [
      ["POST", "/tenants", { name: "x", models: [] }],
      ["PATCH", `/tenants/${tenant.tenantId}`, { models: [] }],
      ["POST", `/tenants/${tenant.tenantId}/keys`, { models: [] }],
      ["POST", `/tenants/${tenant.tenantId}/keys`, { scopes: [] }],
      ["PATCH", `/tenants/${tenant.tenantId}/keys/${tenant.keyId}`, { scopes: [] }],
    ] as const) {
      expect(await admin(method, path, body), path).toMatchObject({ status: 400, code: 30001 });
    }
    const token = await call("POST", "/api/v1/client-tokens", { headers: json(tenant.auth), body: { models: [] } });
    expect(token).toMatchObject({ status: 400, code: 30001 });
  });
});

describe("a key's expiry", () => {
  const create = (expiresAt: string) =>
    call("POST", `/admin/v1/tenants/${tenant.tenantId}/keys`, { headers: json(OPERATOR), body: { expiresAt } });

  it.each([
    "2099-01-01T00:00:00Z",
    "2099-01-01T00:00:00+0000",
    "2099-01-01T02:00:00.000+02:00",
    "2098-12-31T22:00-0200",
  ])("is taken as ISO 8601 writes it: %s", async (text) =>
    expect(await create(text)).toMatchObject({ code: 0, data: { expiresAt: "2099-01-01T00:00:00.000Z" } }));

  it.each([
    "2020-01-01T00:00:00Z",
    "2099-02-30T00:00:00Z",
    "2099-01-01",
    "2099-01-01T00:00:00",
    "tomorrow",
    "",
  ])("is refused in the past or without an offset: %s", async (text) => {
    expect(await create(text)).toMatchObject({ status: 400, code: 30001 });
    const path = `/admin/v1/tenants/${tenant.tenantId}/keys/${tenant.keyId}`;
    const patched = await call("PATCH", path, { headers: json(OPERATOR), body: { expiresAt: text } });
    expect(patched).toMatchObject({ status: 400, code: 30001 });
  });
});

describe("Prefer: handling=strict", () => {
  const submit = (path: string, body: object, prefer = "handling=strict") =>
    call<Refusal>("POST", `/api/v1/task/${path}`, { headers: { ...json(tenant.auth), prefer }, body });

  it.each(["generate", "estimate"])("refuses what is not documented for the medium: %s", async (path) => {
    const body = { ...IMAGE, sizes: "4K", durationSeconds: 5, negativePrompt: null, metadata: { anything: "goes" } };
    const answer = await submit(path, body);
    expect(answer).toMatchObject({ status: 400, code: 30001 });
    expect(pathsOf(answer).sort()).toEqual(["durationSeconds", "negativePrompt", "sizes"]);
    expect((await submit(path, body, "handling=lenient, wait=1")).code).toBe(0);
    expect((await submit(path, { ...IMAGE, metadata: { anything: "goes" } }, "wait=1, Handling=STRICT")).code).toBe(0);
  });
});

describe("errors with data", () => {
  it("lists the known models when one does not exist", async () => {
    const answer = await call("POST", "/api/v1/task/generate", {
      headers: json(tenant.auth),
      body: { ...IMAGE, model: "x" },
    });
    expect(answer).toMatchObject({
      status: 404,
      code: 40003,
      data: { models: ["Imagen Nano Banana 2", "Seedance 2.0"] },
    });
  });

  it("contains required and available credits when the balance does not cover it", async () => {
    const poor = await createTenant({ billing: "prepaid" });
    const body = { prices: [{ model: IMAGE.model, credits: 7 }] };
    await call("PATCH", `/admin/v1/tenants/${poor.tenantId}`, { headers: json(OPERATOR), body });
    const answer = await call("POST", "/api/v1/task/generate", { headers: json(poor.auth), body: IMAGE });
    expect(answer).toMatchObject({ status: 402, code: 60001, data: { required: 7, available: 0 } });
  });
});

describe("the endpoint's events", () => {
  const put = (body: object) => call("PUT", "/api/v1/webhook", { headers: json(tenant.auth), body });
  const url = "https://example.com/hook";

  it("are all without a list, and are replaced with it", async () => {
    expect(await put({ url })).toMatchObject({ code: 0, data: { url, events: null } });
    expect(await put({ url, events: ["credits.low", "task.failed", "task.failed"] })).toMatchObject({ code: 0 });
    const shown = await call("GET", "/api/v1/webhook", { headers: tenant.auth });
    expect(shown).toMatchObject({ code: 0, data: { url, events: ["task.failed", "credits.low"] } });
    expect(await put({ url, events: null })).toMatchObject({ code: 0, data: { events: null } });
  });

  it.each([
    [[]],
    [["task.done"]],
    [["webhook.test"]],
    ["task.failed"],
    [[1]],
    [{}],
  ])("are refused: %j", async (events) => {
    expect(await put({ url, events })).toMatchObject({ status: 400, code: 30001 });
  });
});
