/** No response leaves its storage to a cache's own rules, and only files and the pages' scripts and styles may be shared. */
import { createExecutionContext, env } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { submit } from "../support/flow.ts";
import { BASE, createTenant, OPERATOR, type TestTenant, untilEnded } from "../support/gateway.ts";
import { addressOf } from "../support/security-cases.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const SHARED = /^public, max-age=31536000, immutable$/;
const app = createApp();

/** Every registered path once, with names in it. */
const paths = [...new Set(app.routes.map(({ path }) => path))].toSorted();
/** Paths beyond the registered ones: errors of several kinds. */
const MORE = [
  "/nothing",
  "/static/app.css",
  "/static/missing.js",
  "/files/x/0.png",
  "/uploads/x",
  "/portal/t/x/api/no",
];

let tenant: TestTenant;
let fileUrl: string;
beforeAll(async () => {
  tenant = await createTenant();
  const { data } = await submit(tenant);
  await untilEnded(tenant, data.taskId);
  fileUrl = new URL(data.resultUrls[0] ?? "").pathname;
});

type HeaderPairs = Record<string, string>;

async function ask(method: string, path: string, headers: HeaderPairs): Promise<Response> {
  const body = method === "GET" || method === "HEAD" || method === "OPTIONS" ? null : "{";
  const response = await exports.default.fetch(new Request(BASE + path, { method, headers, body, redirect: "manual" }));
  await response.body?.cancel();
  return response;
}

function expectExplicit(response: Response, what: string): void {
  const directive = response.headers.get("cache-control");
  expect(directive, what).not.toBeNull();
  const isFile = /^\w+ \/(files|static)\//.test(what) && [200, 206, 304].includes(response.status);
  if (isFile && SHARED.test(directive ?? "")) return;
  expect(directive, `${what}: ${response.status}`).toMatch(
    /^(no-store(, no-transform)?|private, (no-cache|max-age=\d+(, immutable)?))$/,
  );
  expect(response.headers.has("cache-tag"), what).toBe(false);
  expect(response.headers.has("cloudflare-cdn-cache-control"), what).toBe(false);
}

describe("Cache-Control", () => {
  it.each(METHODS)("is explicit for %s of every path, with and without credentials", async (method) => {
    const origin = "https://app.example";
    for (const path of [...paths.map((one) => addressOf(one).replace(/\*$/, "x").replace(/:\w+/g, "x")), ...MORE]) {
      const credentials = [{}, { origin }, tenant.auth, OPERATOR, { authorization: "Bearer pdk_wrong" }];
      // One after another: the test runner shares one dynamic import among requests, and the runtime ends those that wait for it.
      for (const headers of credentials) {
        expectExplicit(await ask(method, path, headers as HeaderPairs), `${method} ${path}`);
      }
    }
  }, 300_000);

  it("is that of the contract for a file, a part of it and a 304, and no-store for its errors", async () => {
    const first = await ask("GET", fileUrl, {});
    const etag = first.headers.get("etag") ?? "";
    for (const [headers, status] of [
      [{}, 200],
      [{ range: "bytes=0-3" }, 206],
      [{ "if-none-match": etag }, 304],
    ] as [Record<string, string>, number][]) {
      const response = await ask("GET", fileUrl, headers);
      expect([response.status, response.headers.get("cache-control")]).toEqual([
        status,
        "public, max-age=31536000, immutable",
      ]);
    }
    for (const [path, headers, status] of [
      [fileUrl, { range: "bytes=999999999-" }, 416],
      [fileUrl, { "if-match": '"x"' }, 412],
      [fileUrl.replace("/0.png", "/7.png"), {}, 404],
      [`${fileUrl}?w=1`, {}, 400],
    ] as [string, Record<string, string>, number][]) {
      const response = await ask("GET", path, headers);
      expect([response.status, response.headers.get("cache-control")], path).toEqual([status, "no-store"]);
    }
  });

  it("is no-store while the configuration is wrong", async () => {
    for (const path of ["/healthz", "/", "/files/x/0.png", "/api/v1/account"]) {
      const broken = { ...(env as object), SIGNING_SECRETS: "short" } as unknown as Bindings;
      const response = await app.fetch(new Request(BASE + path), broken, createExecutionContext());
      expect([response.status, response.headers.get("cache-control")]).toEqual([503, "no-store"]);
    }
  });
});
