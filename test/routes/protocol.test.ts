/** HTTP itself, bent in every way: always the envelope, always the right code, never a 500. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { logged } from "../support/confidential.ts";
import { BASE, call, createTenant, IMAGE, OPERATOR } from "../support/gateway.ts";

const KIB = 1_024;
const GENERATE = "/api/v1/task/generate";

interface Envelope {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { code: number; msg: string; ok: boolean; data: unknown };
}

/** One request whose body may be anything; what comes back must be an envelope. */
async function send(path: string, init: RequestInit): Promise<Envelope> {
  const response = await exports.default.fetch(new Request(BASE + path, init));
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("x-request-id")).not.toBeNull();
  const body = (await response.json()) as Envelope["body"];
  expect(Object.keys(body).toSorted()).toEqual(["code", "data", "msg", "ok"]);
  expect(body.ok).toBe(body.code === 0);
  expect(response.status === 200).toBe(body.ok);
  return { status: response.status, headers: response.headers, body };
}
/** A JSON text of exactly so many bytes. */
function requestOf(bytes: number): string {
  const text = JSON.stringify({ ...IMAGE, prompt: "" });
  return text.replace('"prompt":""', `"prompt":"${"x".repeat(bytes - text.length)}"`);
}
function streamOf(text: string, chunk = 16 * KIB): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunk));
      at += chunk;
    },
  });
}

describe("a body", () => {
  it.each([
    ["", "nothing"],
    ["{", "half an object"],
    ['{"model":"Imagen Nano Banana 2",}', "a trailing comma"],
    ["{'model':'x'}", "single quotes"],
    ["[".repeat(10_000), "a deep nest"],
    [`{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`, "a deep nest that is closed"],
    ["model=x&type=txt", "a form"],
    ["\u0000", "a zero byte"],
    ["NaN", "no JSON number"],
    ['{"seed":01}', "a leading zero"],
  ])("of %# is refused: %s", async (body) => {
    const { auth } = await createTenant();
    const { status, headers, body: answer } = await send(GENERATE, { method: "POST", headers: auth, body });
    expect({ status, code: answer.code }).toEqual({ status: 400, code: 30001 });
    expect(headers.get("ratelimit")).not.toBeNull();
  });

  it.each([
    ["not UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d)],
    ["half a character", Uint8Array.of(0x22, 0xe2, 0x82, 0x22)],
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00)],
    ["an overlong zero", Uint8Array.of(0x22, 0xc0, 0x80, 0x22)],
  ])("that is %s is refused", async (_, body) => {
    const { auth } = await createTenant();
    const { status, body: answer } = await send(GENERATE, { method: "POST", headers: auth, body });
    expect({ status, code: answer.code }).toEqual({ status: 400, code: 30001 });
  });

  it("may have any type, or none", async () => {
    const { auth } = await createTenant();
    for (const type of ["text/plain", "application/json; charset=utf-8", "application/x-www-form-urlencoded", ""]) {
      const headers = { ...auth, "content-type": type };
      expect((await send(GENERATE, { method: "POST", headers, body: JSON.stringify(IMAGE) })).status).toBe(200);
    }
  });

  it("may have 256 KiB, and not a byte more, however it is sent", async () => {
    const { auth } = await createTenant();
    const post = (body: string | ReadableStream) => send(GENERATE, { method: "POST", headers: auth, body });
    expect((await post(requestOf(256 * KIB))).status).toBe(200);
    expect((await post(streamOf(requestOf(256 * KIB)))).status).toBe(200);
    for (const body of [
      requestOf(256 * KIB + 1),
      streamOf(requestOf(256 * KIB + 1)),
      streamOf(requestOf(5_000 * KIB)),
    ]) {
      const { status, headers, body: answer } = await post(body);
      expect({ status, code: answer.code }).toEqual({ status: 413, code: 70006 });
      expect(headers.get("ratelimit")).not.toBeNull();
    }
  });

  it("that breaks off is no server error", async () => {
    const { auth } = await createTenant();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"model":'));
        controller.error(new Error("gone"));
      },
    });
    const outcome = await send(GENERATE, { method: "POST", headers: auth, body }).catch((error: Error) => error);
    if (!(outcome instanceof Error)) expect(outcome.status).toBe(400);
  });

  it("with a repeated property has the last value, like everywhere", async () => {
    const { auth } = await createTenant();
    const body = JSON.stringify(IMAGE).replace('"imageCount":1', '"imageCount":9,"imageCount":2');
    const { body: answer } = await send(GENERATE, { method: "POST", headers: auth, body });
    expect((answer.data as { resultUrls: string[] }).resultUrls).toHaveLength(2);
  });
});

describe("a path", () => {
  it.each([
    "/api/v1/query/0",
    "/api/v1/query/-1",
    "/api/v1/query/1.5",
    "/api/v1/query/abc",
    "/api/v1/query/9007199254750000",
    "/api/v1/query/99999999999999999999999999",
    "/api/v1/query/%31",
    "/api/v1/query/%",
    "/api/v1/query/%zz",
    "/api/v1/query/%00",
    "/api/v1/query/%F0%28%8C%28",
    "/api/v1/query/..%2f..%2fadmin",
    `/api/v1/query/${"9".repeat(8_000)}`,
    "/api/v1/query/",
    "/api/v1/nothing/here",
    "/api/v1/",
    "/API/V1/tasks",
    "/nothing",
    "/admin/v1/nothing",
    "/admin/v1/tenants/ten_XX",
    "/admin/v1/tenants/%2e%2e%2f",
    "/admin/v1/tenants/ten_00112233445566778899/keys",
  ])("to nothing is 404, whatever it is made of: %s", async (path) => {
    const { auth } = await createTenant();
    const headers = path.startsWith("/admin") ? OPERATOR : auth;
    const { status, body } = await send(path, { headers });
    expect({ status, code: body.code }).toEqual({ status: 404, code: 40002 });
  });

  it("of the tenant API to nothing responds like any other authenticated request", async () => {
    const { auth } = await createTenant();
    expect((await send("/api/v1/nothing", { headers: auth })).headers.get("ratelimit")).not.toBeNull();
    expect((await send("/api/v1/nothing", {})).status).toBe(401);
    const limited = await createTenant({ requestsPerMinute: 0 });
    expect((await send("/api/v1/nothing", { headers: limited.auth })).status).toBe(429);
  });
});

describe("a method", () => {
  it.each([
    ["GET", GENERATE],
    ["PUT", GENERATE],
    ["POST", "/api/v1/query/1"],
    ["PATCH", "/api/v1/tasks"],
    ["PROPFIND", "/api/v1/tasks"],
    ["PURGE", "/api/v1/query/1"],
  ])("that is not for the path is 405: %s %s", async (method, path) => {
    const { auth } = await createTenant();
    const { status, body } = await send(path, { method, headers: auth });
    expect({ status, code: body.code }).toEqual({ status: 405, code: 70007 });
    expect(await send(path, { method })).toMatchObject({ status: 401, body: { code: 20001 } });
  });

  it("HEAD is GET without a body", async () => {
    const { auth } = await createTenant();
    const response = await exports.default.fetch(
      new Request(`${BASE}/api/v1/tasks`, { method: "HEAD", headers: auth }),
    );
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect(response.headers.get("ratelimit")).not.toBeNull();
  });

  it("OPTIONS answers a browser's preflight without credentials", async () => {
    const headers = {
      origin: "https://app.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-idempotency-key,prefer",
    };
    const response = await exports.default.fetch(new Request(BASE + GENERATE, { method: "OPTIONS", headers }));
    expect(response.status).toBe(204);
    const allowed = (response.headers.get("access-control-allow-headers") ?? "").toLowerCase();
    for (const name of ["authorization", "content-type", "x-idempotency-key", "prefer"]) {
      expect(allowed).toContain(name);
    }
    expect(response.headers.get("access-control-allow-methods")).toContain("POST");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("a page's script may read an answer and its headers, whether it is a success or a refusal", async () => {
    const { auth } = await createTenant();
    for (const headers of [auth, {}]) {
      const answer = await send("/api/v1/tasks", { headers });
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      const exposed = (answer.headers.get("access-control-expose-headers") ?? "").toLowerCase().split(",");
      for (const name of ["ratelimit", "retry-after", "x-request-id", "idempotent-replayed", "preference-applied"]) {
        expect(exposed).toContain(name);
      }
    }
  });
});

describe("the request id", () => {
  it.each(["a", "req-1", "A.b_c~d:e+f/g=h", "x".repeat(128)])("is the caller's if it is sane: %s", async (id) => {
    expect((await send("/api/v1/tasks", { headers: { "x-request-id": id } })).headers.get("x-request-id")).toBe(id);
    expect(logged("request").at(-1)).toMatchObject({ requestId: id, status: 401 });
  });

  it.each(["", "a b", "x".repeat(129), "<script>", "é", '"', "a,b"])("is a new one if it is not: %j", async (id) => {
    const { headers } = await send("/api/v1/tasks", { headers: { "x-request-id": id } });
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("the log", () => {
  it("has one line a request, without its query string and without what is secret in its path", async () => {
    const before = logged("request").length;
    await call("GET", "/files/a-token-nobody-should-see/0.png?sig=secret", {});
    await call("GET", "/api/v1/tasks/5/events?token=pdt_secret", {});
    const lines = logged("request").slice(before);
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toMatch(/secret|nobody-should-see/);
    expect(lines[0]).toMatchObject({ method: "GET", status: 404 });
    expect(lines[1]).toMatchObject({ method: "GET", status: 401, path: "/api/v1/tasks/5/events" });
  });

  it("logs no unexpected error", () => {
    expect(logged("unexpected")).toEqual([]);
  });
});

describe("headers", () => {
  it("that are very long do no harm", async () => {
    const { auth } = await createTenant();
    const long = "x".repeat(30_000);
    const headers = { ...auth, "x-long": long, prefer: long, cookie: long, "x-request-id": long, accept: long };
    expect((await send("/api/v1/tasks", { headers })).status).toBe(200);
    expect((await send("/api/v1/tasks", { headers: { authorization: `Bearer ${long}` } })).status).toBe(401);
    expect((await send("/api/v1/tasks", { headers: { authorization: `Bearer pdt_${long}` } })).status).toBe(401);
  });

  it("may name the scheme in any case, with any space after it", async () => {
    const { key } = await createTenant();
    for (const authorization of [`bearer ${key}`, `BEARER ${key}`, `Bearer   ${key}`, ` Bearer ${key} `]) {
      expect((await send("/api/v1/tasks", { headers: { authorization } })).status).toBe(200);
    }
  });
});

describe("GET /healthz", () => {
  it("needs no credentials and returns ok", async () => {
    const answer = await call("GET", "/healthz");
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '{"status":"ok"}' });
  });
});
