import { describe, expect, it } from "vitest";
import { Paddock } from "../../packages/client/src/index.ts";
import { operationCall } from "../../packages/client/src/operation.ts";
import type { Operations } from "../../packages/client/src/schema.ts";
import { readGenerated } from "../../scripts/generated.ts";

interface Document {
  readonly paths: Record<string, Record<string, { readonly parameters?: readonly { readonly name: string }[] }>>;
}
const DOCUMENT = JSON.parse(readGenerated("openapi.json.gz.bin") ?? "") as Document;

describe("a client's options", () => {
  const withUrl = (baseUrl: unknown) => () => new Paddock({ baseUrl: baseUrl as string, credential: "pdk_x" });
  const withCredential = (credential: unknown) => () =>
    new Paddock({ baseUrl: "https://gateway.example", credential: credential as string });

  it.each([
    undefined,
    "",
    "gateway.example",
    "localhost:8787",
    "https://",
    "ftp://gateway.example",
  ])("refuse the base URL %j", (baseUrl) => {
    expect(withUrl(baseUrl)).toThrow(/baseUrl must be the gateway's URL/);
  });

  it.each(["/api/v1", "/api/v1/", "/v1", "/admin/v1", "/api"])("refuse a base URL with %s behind it", (path) => {
    expect(withUrl(`https://gateway.example${path}`)).toThrow(`must not end with ${path.replace(/\/$/, "")}`);
  });

  it.each(["https://gateway.example/", "http://127.0.0.1:8787", "https://example.com/media"])("take %s", (baseUrl) => {
    expect(withUrl(baseUrl)).not.toThrow();
  });

  it.each([undefined, null, "", "undefined", "Bearer pdk_x", "pdk_x\n"])("refuse the credential %j", (credential) => {
    expect(withCredential(credential)).toThrow(/credential must be/);
  });
});

describe("the call of an operation", () => {
  it("has a new idempotency key exactly where the API takes one, and is repeated only where that is safe", () => {
    for (const [path, methods] of Object.entries(DOCUMENT.paths)) {
      const operation = methods.post;
      if (!operation) continue;
      const name = `POST ${path}` as keyof Operations;
      const takesKey = operation.parameters?.some((parameter) => parameter.name === "X-Idempotency-Key") === true;
      const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = ""]) => [parameter, "x"]);
      const call = operationCall(name, { path: Object.fromEntries(parameters) });
      expect([name, call.headers !== undefined && "x-idempotency-key" in call.headers]).toEqual([name, takesKey]);
      const isRepeated = takesKey || path === "/api/v1/task/estimate";
      expect([name, call.maxRetries]).toEqual([name, isRepeated ? undefined : 0]);
    }
  });

  it("escapes the path and writes dates and pairs into the query", () => {
    expect(operationCall("GET /api/v1/end-users/{endUser}", { path: { endUser: "a/b ü?" } }).path).toBe(
      "/api/v1/end-users/a%2Fb%20%C3%BC%3F",
    );
    const query = { from: new Date(0), metadata: { order: "4711" }, cursor: null, model: undefined, limit: 5 };
    expect(operationCall("GET /api/v1/tasks", { query }).path).toBe(
      "/api/v1/tasks?from=1970-01-01T00%3A00%3A00.000Z&metadata.order=4711&limit=5",
    );
  });

  it("refuses a path without its parameter", () => {
    expect(() => operationCall("GET /admin/v1/tenants/{tenantId}", { path: {} })).toThrow("path.tenantId is missing");
  });
});
