/** Random requests to every route: no 500, no leak, no hang, and nothing of another tenant's changes. */
import { exports } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { checkConfidential, logged } from "../support/confidential.ts";
import { submit } from "../support/flow.ts";
import { BASE, call, createTenant, IMAGE, OPERATOR, type TestTenant, untilEnded } from "../support/gateway.ts";
import { ledgerIn } from "../support/tenant-object.ts";

const RUNS = 500;
const LIMIT_MS = 15_000;

const routes = createApp()
  .routes.filter(({ path }) => path !== "/*" && !path.endsWith("/v1/*") && !path.endsWith("/api/*"))
  .map(({ method, path }) => ({
    method: method === "ALL" ? "GET" : method,
    path: path.replace("*", ":anything/0.png"),
  }));

let mine: TestTenant;
let bystander: TestTenant;
let taskId: number;
beforeAll(async () => {
  [mine, bystander] = [await createTenant(), await createTenant()];
  taskId = (await submit(mine, IMAGE)).data.taskId;
  await untilEnded(bystander, (await submit(bystander, IMAGE)).data.taskId);
});

const FIELDS = [
  ...["model", "taskName", "type", "prompt", "quality", "seed", "imageCount", "size", "aspectRatio", "resolution"],
  ...[
    "durationSeconds",
    "generateAudio",
    "refImageUrls",
    "metadata",
    "webhookUrl",
    "name",
    "status",
    "billing",
    "markup",
  ],
  ...[
    "requestsPerMinute",
    "models",
    "lowBalance",
    "prices",
    "scopes",
    "allowedOrigins",
    "expiresAt",
    "kind",
    "credits",
  ],
  ...["note", "overlapSeconds", "expiresInSeconds", "endUser", "maxTasks", "url", "rules", "__proto__", "constructor"],
];
const PARAMETERS = [
  ...["limit", "cursor", "status", "model", "from", "to", "groupBy", "q", "w", "token", "download", "tenantId"],
  ...["exp", "sig", "expires", "signature", "days"],
];
const nastyText = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "\u0000",
    "../..",
    "%",
    "%00",
    "%zz",
    "null",
    "NaN",
    "-1",
    "0",
    "1e400",
    "9".repeat(40),
    "\ud800",
  ),
  fc.constantFrom(
    "Imagen Nano Banana 2",
    "Seedance 2.0",
    "txt",
    "img_txt",
    "4k",
    "prepaid",
    "2026-11-22",
    "day",
    "secret",
  ),
  fc.constantFrom(
    "https://example.com/",
    "http://127.0.0.1:9/",
    "https://[::1]/",
    "javascript:alert(1)",
    "<script>",
    "' OR 1=1 --",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const value = fc.oneof(nastyText, fc.integer(), fc.double(), fc.boolean(), fc.jsonValue({ maxDepth: 3 }));
const object = fc
  .array(fc.tuple(fc.constantFrom(...FIELDS), value), { maxLength: 8 })
  .map((pairs) => Object.fromEntries(pairs));
const body = fc.oneof(
  { weight: 4, arbitrary: object.map((fields) => JSON.stringify({ ...IMAGE, ...fields })) },
  { weight: 3, arbitrary: object.map((fields) => JSON.stringify(fields)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
);
const query = fc.array(fc.tuple(fc.constantFrom(...PARAMETERS), nastyText), { maxLength: 4 });
/** Header values of which the platform itself says that they may be sent. */
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const headers = fc.array(
  fc.tuple(
    fc.constantFrom(
      ...[
        "origin",
        "accept",
        "prefer",
        "x-idempotency-key",
        "idempotency-key",
        "x-request-id",
        "content-type",
        "cookie",
      ],
      ...[
        "range",
        "if-range",
        "if-none-match",
        "if-modified-since",
        "last-event-id",
        "content-encoding",
        "cf-connecting-ip",
      ],
    ),
    fc.oneof(
      headerText,
      fc.constantFrom("bytes=0-", "text/csv", "wait=1", "*", "https://app.example", "multipart/form-data"),
    ),
  ),
  { maxLength: 4 },
);
const request = fc.record({
  route: fc.constantFrom(...routes),
  method: fc.option(fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"), { freq: 6 }),
  credential: fc.constantFrom("own", "own", "own", "operator", "none", "nonsense"),
  known: fc.boolean(),
  names: nastyText,
  query,
  headers,
  body,
});

interface Fuzzed {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
}

function build(parts: typeof request extends fc.Arbitrary<infer T> ? T : never): Fuzzed {
  const method = parts.method ?? parts.route.method;
  const wanted: Record<string, string> = {
    ":taskId": String(taskId),
    ":tenantId": mine.tenantId,
    ":keyId": mine.keyId,
  };
  // The tenant itself and its key have to survive the test; everything else of it may go.
  const known =
    parts.known &&
    !(method === "DELETE" && /:tenantId$|:keyId$/.test(parts.route.path)) &&
    !/rotate$/.test(parts.route.path);
  const path = parts.route.path.replace(/:\w+/g, (name) =>
    known ? (wanted[name] ?? "x") : encodeURIComponent(parts.names.toWellFormed()),
  );
  const search = new URLSearchParams(parts.query.map(([name, text]) => [name, text.toWellFormed()]));
  const sent = new Headers();
  for (const [name, text] of parts.headers) sent.set(name, text);
  const path1 = parts.route.path;
  const usual = path1.startsWith("/admin") || path1 === "/metrics" ? OPERATOR : mine.auth;
  const credentials = {
    own: usual.authorization,
    operator: OPERATOR.authorization,
    nonsense: "Bearer pdk_x",
    none: null,
  };
  const authorization = credentials[parts.credential];
  if (authorization !== null) sent.set("authorization", authorization);
  const hasBody = method !== "GET" && method !== "HEAD";
  const content = typeof parts.body === "string" ? parts.body : new Uint8Array(parts.body);
  return { method, url: `${BASE}${path}?${search}`, headers: sent, body: hasBody ? content : null };
}

describe("a random request", () => {
  it("is answered in order, whatever it is", { timeout: LIMIT_MS + 20_000 }, async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(request, async (parts) => {
        const { method, url, headers: sent, body: content } = build(parts);
        const response = await exports.default.fetch(
          new Request(url, {
            method,
            headers: sent,
            body: content,
            redirect: "manual",
            signal: AbortSignal.timeout(8_000),
          }),
        );
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        expect(response.status).not.toBe(500);
        expect(response.status).toBeLessThanOrEqual(503);
        expect(response.headers.get("x-request-id")).not.toBeNull();
        if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
          await response.body?.cancel();
          return;
        }
        const text = await response.text();
        checkConfidential(`${JSON.stringify([...response.headers])} ${text}`, `${method} ${url}`);
        const isApi = /^\/(api|admin)\/v1\//.test(new URL(url).pathname);
        if (isApi && response.status >= 400 && method !== "HEAD") {
          expect(JSON.parse(text)).toMatchObject({ code: expect.any(Number), ok: false });
        }
        expect(logged("unexpected")).toEqual([]);
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: LIMIT_MS },
    );
    // It got somewhere: not everything was refused at once.
    for (const status of [200, 400, 404]) expect(statuses.get(status) ?? 0).toBeGreaterThan(0);
    expect(Object.prototype).not.toHaveProperty("model");
  });

  it("leaves another tenant as it was", async () => {
    const path = `/admin/v1/tenants/${bystander.tenantId}`;
    const view = await call("GET", path, { headers: OPERATOR });
    expect(view.data).toMatchObject({ status: "active", billing: "unmetered", markup: 1, runningTasks: 0 });
    const listed = await call<{ tasks: unknown[] }>("GET", "/api/v1/tasks", { headers: bystander.auth });
    expect(listed.data.tasks).toHaveLength(1);
    expect((await ledgerIn(bystander.tenantId)).filter(({ kind }) => kind === "hold")).toHaveLength(1);
  });
});
