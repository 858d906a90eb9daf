/** Addresses, methods, credentials and headers as clients really send them, and what every response carries. */
import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { BASE, call, createTenant, IMAGE, OPERATOR, type TestTenant } from "../support/gateway.ts";

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await createTenant();
}, 60_000);

const fetchFrom = (path: string, init: RequestInit = {}) => exports.default.fetch(new Request(BASE + path, init));

describe("a path", () => {
  it.each([
    "/api/v1/tasks/",
    "/api/v1//tasks",
    "//api/v1/tasks",
    "/api//v1///tasks//",
  ])("of the tenant API may have doubled and trailing slashes: %s", async (path) => {
    expect(await call("GET", `${path}?limit=1`, { headers: tenant.auth })).toMatchObject({ status: 200, code: 0 });
  });

  it("may have them for a submission and for the operator too", async () => {
    expect(await call("POST", "//api/v1/task/estimate/", { headers: tenant.auth, body: IMAGE })).toMatchObject({
      code: 0,
    });
    for (const path of ["/admin/v1/tenants/", "//admin/v1/tenants", `/admin/v1/tenants//${tenant.tenantId}/`]) {
      expect(await call("GET", path, { headers: OPERATOR }), path).toMatchObject({ code: 0 });
    }
    expect((await call("GET", "/admin/v1//tenants/", { headers: tenant.auth })).status).toBe(401);
  });

  it.each(["/files//token/0.png", "/healthz//", "/nowhere/"])("elsewhere is taken as it is: %s", async (path) => {
    expect((await call("GET", path)).status).toBe(404);
  });
});

describe("a wrong method", () => {
  it.each([
    ["GET", "/api/v1/task/generate", "POST"],
    ["DELETE", "/api/v1/query/1", "GET, HEAD"],
    ["POST", "/api/v1/tasks/999999999999999", "DELETE"],
    ["PUT", "/api/v1/tasks/not-an-id/deliveries", "GET, HEAD"],
    ["PATCH", "/api/v1/webhook", "DELETE, GET, HEAD, PUT"],
    ["PROPFIND", "/api/v1/files", "POST"],
    ["GET", "/api/v1/task/generate/", "POST"],
  ])("of the tenant API is 405 with Allow, after the credential was checked: %s %s", async (method, path, allow) => {
    const answer = await call(method, path, { headers: tenant.auth });
    expect(answer).toMatchObject({ status: 405, code: 70007 });
    expect(answer.headers.get("allow")).toBe(allow);
    expect(answer.headers.get("ratelimit")).not.toBeNull();
    expect(await call(method, path)).toMatchObject({ status: 401, code: 20001 });
  });

  it.each([
    ["PUT", "/admin/v1/tenants", "GET, HEAD, POST"],
    ["POST", "/admin/v1/tenants/ten_00000000000000000000", "DELETE, GET, HEAD, PATCH"],
    ["GET", "/admin/v1/tenants/nobody/credits", "POST"],
  ])("of the operator API is 405 with Allow: %s %s", async (method, path, allow) => {
    const answer = await call(method, path, { headers: OPERATOR });
    expect(answer).toMatchObject({ status: 405, code: 70007 });
    expect(answer.headers.get("allow")).toBe(allow);
    expect(await call(method, path)).toMatchObject({ status: 401, code: 20001 });
  });

  it("of any other address is 405, and an address that is nowhere is 404 for every method", async () => {
    expect((await call("POST", "/healthz")).status).toBe(405);
    for (const method of ["GET", "POST", "DELETE"]) {
      expect((await call(method, "/api/v1/nowhere", { headers: tenant.auth })).status).toBe(404);
      expect((await call(method, "/nowhere")).status).toBe(404);
    }
  });
});

describe("a missing or wrong credential", () => {
  const admin = OPERATOR.authorization.replace("Bearer ", "");
  it.each([
    [{}, 20001, /Authorization: Bearer pdk_/],
    [{ "x-api-key": "pdk_secret-text" }, 20001, /Authorization only/],
    [{ authorization: "pdk_secret-text" }, 20001, /word Bearer is missing/],
    [{ authorization: "sh-secret-text" }, 20001, /word Bearer is missing/],
    [{ authorization: "Basic c2VjcmV0LXRleHQ=" }, 20001, /does not begin with Bearer/],
    [{ authorization: "Bearer " }, 20001, /Bearer/],
    [{ authorization: "Bearer Bearer secret-text" }, 20008, /Bearer comes twice/],
    [{ authorization: 'Bearer "pdk_secret-text"' }, 20008, /quotes/],
    [{ authorization: "Bearer sh-secret-text" }, 20008, /SeedHorse key/],
    [{ authorization: `Bearer ${admin}` }, 20008, /operator's token/],
    [{ authorization: "Bearer pdk_secret-text" }, 20008, /Invalid API key/],
  ] as [Record<string, string>, number, RegExp][])("is named and not quoted: %j", async (headers, code, message) => {
    const answer = await call("GET", "/api/v1/tasks", { headers });
    expect(answer).toMatchObject({ status: 401, code });
    expect(answer.msg).toMatch(message);
    expect(answer.msg).toContain("Authorization");
    expect(answer.text).not.toContain("secret-text");
    expect(answer.text).not.toContain(inject("gatewaySettings").ADMIN_TOKEN);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  it("of the operator API names a tenant's key", async () => {
    expect((await call("GET", "/admin/v1/tenants")).msg).toMatch(/operator's token/);
    const answer = await call("GET", "/admin/v1/tenants", { headers: tenant.auth });
    expect(answer).toMatchObject({ status: 401, code: 20008 });
    expect(answer.msg).toMatch(/tenant's key/);
    expect(answer.text).not.toContain(tenant.key);
  });
});

describe("a preflight", () => {
  it.each([
    "traceparent,tracestate,baggage,sentry-trace",
    "x-stainless-arch,x-stainless-lang,x-stainless-retry-count,authorization",
    "cache-control,x-requested-with,pragma,content-type",
    "x-anything-at-all",
  ])("allows whatever headers are asked for: %s", async (asked) => {
    const apis = [
      "/api/v1/task/generate",
      "/api/v1/tasks/1",
      "/api/v1/nowhere",
      "/api/v1//files/",
      "/v1/videos",
      "/mcp",
    ];
    for (const path of [...apis, "/files/unknown/0.png", "/uploads/unknown.png"]) {
      const headers = {
        origin: "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": asked,
      };
      const response = await fetchFrom(path, { method: "OPTIONS", headers });
      expect(response.status).toBe(204);
      const allowed = (response.headers.get("access-control-allow-headers") ?? "")
        .split(",")
        .map((name) => name.trim());
      expect(allowed).toEqual(expect.arrayContaining(asked.split(",")));
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
    }
  });
});

describe("a host in a browser", () => {
  it("has a page that leads on, and the two files that browsers and crawlers ask for", async () => {
    const page = await fetchFrom("/");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toMatch(/href="\/docs"[\s\S]*href="\/portal"/);
    const robots = await fetchFrom("/robots.txt");
    expect([robots.status, await robots.text()]).toEqual([200, "User-agent: *\nDisallow: /\n"]);
    const icon = await fetchFrom("/favicon.ico");
    expect([icon.status, icon.headers.get("content-type")]).toEqual([200, "image/svg+xml"]);
    expect(await icon.text()).toContain("<svg xmlns=");
  });
});

describe("a compressed upload", () => {
  it("is refused as such, and a name is found whatever its case", async () => {
    const headers = { ...tenant.auth, "content-type": "image/png", "content-encoding": "gzip" };
    expect(await call("POST", "/api/v1/files", { headers, body: "x" })).toMatchObject({ status: 415, code: 70008 });
    const word = crypto.randomUUID().slice(0, 8);
    const { tenantId } = await createTenant({ name: `Großbäckerei ${word}` });
    const q = encodeURIComponent(`GROSSBÄCKEREI ${word.toUpperCase()}`);
    const found = await call<{ tenants: { tenantId: string }[] }>("GET", `/admin/v1/tenants?q=${q}`, {
      headers: OPERATOR,
    });
    expect(found.data.tenants.map((one) => one.tenantId)).toEqual([tenantId]);
  });
});

describe("every response", () => {
  it("with an envelope is JSON in UTF-8, is never sniffed or kept, and pins https", async () => {
    for (const [path, headers] of [
      ["/api/v1/tasks", tenant.auth],
      ["/api/v1/nowhere", tenant.auth],
      ["/api/v1/tasks", {}],
      ["/admin/v1/tenants", OPERATOR],
      ["/admin/v1/nowhere", OPERATOR],
      ["/portal/t/ten_x/api/account", {}],
      ["/nowhere", {}],
    ] as [string, Record<string, string>][]) {
      const response = await fetchFrom(path, { headers });
      await response.text();
      expect(response.headers.get("content-type"), path).toBe("application/json; charset=utf-8");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("strict-transport-security")).toMatch(/^max-age=\d{7,}$/);
      expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it("pins nothing over http, where the header has no meaning", async () => {
    const response = await exports.default.fetch(new Request("http://127.0.0.1/healthz"));
    expect(response.headers.get("strict-transport-security")).toBeNull();
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.text()).toBe('{"status":"ok"}');
  });
});
