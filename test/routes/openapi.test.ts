import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { openApiDocument, operations } from "../../openapi/document.ts";
import { headings, inline, renderMarkdown } from "../../openapi/reference/markdown.ts";
import { readOperations, type SchemaNode } from "../../openapi/reference/reader.ts";
import { responses } from "../../openapi/responses/all.ts";
import { createApp } from "../../src/app.ts";
import { GenerateRequest } from "../../src/schemas/generate.ts";
import {
  type Answer,
  BASE,
  call,
  createTenant,
  IMAGE,
  OPERATOR,
  type TestTenant,
  untilEnded,
} from "../support/gateway.ts";
import { png } from "../support/media.ts";

/** Routes of pages and of what only these pages call: not part of the API. */
const PAGES = [
  /^get \/(static|brand)\//,
  /^get \/docs(\/operator)?$/,
  /^get \/llms\.txt$/,
  /^get \/(favicon\.ico|robots\.txt)?$/,
  /^get \/console$/,
  /^(get|post|delete) \/console\/sessions?(\/|$)/,
  /^(get|post) \/portal(\/|$)/,
  /^\w+ \/portal\/t\//,
];
/** Registered for every method: middleware, and files, which the document has by what they serve. */
const EVERY_METHOD = [
  "/*",
  "/admin/v1/*",
  "/api/v1/*",
  "/files/*",
  "/mcp",
  "/metrics",
  "/portal/t/:tenantId/api/*",
  "/uploads/*",
  "/v1/*",
];

const described = () => operations().map(({ method, path }) => `${method} ${path}`);

describe("the OpenAPI document", () => {
  it("describes every route that is registered, and none that is not", () => {
    const registered = new Set<string>();
    for (const { method, path } of createApp().routes) {
      if (method === "ALL") continue;
      const route = `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`;
      if (!PAGES.some((page) => page.test(route))) registered.add(route);
    }
    registered.add("get /files/{token}/{name}");
    expect(described().toSorted()).toEqual([...registered].toSorted());
  });

  it("leaves out no route that takes every method, but the ones known here", () => {
    const all = createApp().routes.filter(({ method }) => method === "ALL");
    expect([...new Set(all.map(({ path }) => path))].toSorted()).toEqual(EVERY_METHOD);
  });

  it("names every operation once and puts each under a tag that it explains", () => {
    const document = openApiDocument();
    const all = readOperations(document);
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
    const tags = (document.tags ?? []).map(({ name }) => name);
    for (const { tag, operationId } of all) expect(tags, operationId).toContain(tag);
  });

  it("refers to nothing that is not in it", () => {
    const document = openApiDocument();
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)];
    expect(references.length).toBeGreaterThan(100);
    const components = document.components as unknown as Record<string, Record<string, unknown>>;
    for (const [, kind = "", name = ""] of references)
      expect(components[kind]?.[name], `${kind}/${name}`).toBeDefined();
  });

  it("describes every field and every parameter", () => {
    const silent: string[] = [];
    const visit = (node: SchemaNode, path: string): void => {
      for (const [name, member] of Object.entries(node.properties ?? {})) {
        if (member.description === undefined && member.$ref === undefined) silent.push(`${path}.${name}`);
        visit(member, `${path}.${name}`);
      }
      if (node.items) visit(node.items, `${path}[]`);
    };
    const document = openApiDocument();
    for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) visit(schema as SchemaNode, name);
    for (const { operationId, parameters } of readOperations(document)) {
      for (const { name, description } of parameters) if (!description) silent.push(`${operationId}?${name}`);
    }
    expect(silent).toEqual([]);
  });

  it("requires credentials exactly where the gateway does", async () => {
    for (const { method, path, security, operationId } of readOperations(openApiDocument())) {
      if (!path.startsWith("/")) continue;
      const { status } = await call(method.toUpperCase(), path.replace(/\{\w+\}/g, "1"));
      if (security.length > 0) expect(status, operationId).toBe(401);
      else expect(status, operationId).not.toBe(401);
    }
  });

  it("declares the errors of unknown parameters and fields, and of bodies that are too large or compressed", async () => {
    const tenant = await createTenant();
    const ids: Record<string, string> = { "{tenantId}": tenant.tenantId, "{keyId}": tenant.keyId };
    const undeclared: string[] = [];
    for (const { operationId, method, path, security, responses: declared } of readOperations(openApiDocument())) {
      const [credential] = security;
      const headers = credential === "operatorToken" ? OPERATOR : tenant.auth;
      // The tests send no client token here, and reading a stream of events waits for them.
      if (!path.startsWith("/") || (credential !== "operatorToken" && credential !== "tenantKey")) continue;
      if (operationId === "streamEvents") continue;
      const send = async (query: string, init: object) => {
        const filled = path.replace(/\{\w+\}/g, (name) => ids[name] ?? "1");
        const { status } = await call(method.toUpperCase(), filled + query, { headers, ...init });
        if (!declared.some(([known]) => known === String(status))) undeclared.push(`${operationId}: ${status}`);
      };
      if (["get", "delete", "head"].includes(method)) await send("?unknown=1", {});
      else {
        await send("", { body: { unknownField: 1 } });
        await send("", { body: { long: "a".repeat(300 * 1_024) } });
        await send("", { body: {}, headers: { ...headers, "content-encoding": "gzip" } });
      }
    }
    expect(undeclared).toEqual([]);
  }, 60_000);

  it("has the upstream's documented requests as examples, and its own schema lets them pass", () => {
    const operation = readOperations(openApiDocument()).find(({ operationId }) => operationId === "generate");
    const examples = Object.values(operation?.body?.content["application/json"]?.examples ?? {});
    expect(examples).toHaveLength(7);
    for (const { summary, value } of examples) expect(GenerateRequest().safeParse(value).success, summary).toBe(true);
    const sizes = (openApiDocument().components?.schemas?.ImageRequest as SchemaNode).properties?.size?.enum;
    expect(sizes).toEqual(expect.arrayContaining(["4K", "4k", null]));
  });

  it("has response examples that its own schemas accept", () => {
    for (const { id, response, responseExample } of operations()) {
      if (responseExample === undefined || Array.isArray(response)) continue;
      expect((response as z.ZodType).parse(responseExample), id).toEqual(responseExample);
    }
  });

  it("shows nothing that its schemas, as a client generated from them reads them, do not let pass", () => {
    const document = openApiDocument();
    // References of the document as those of a schema by itself.
    const local = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll("#/components/schemas/", "#/$defs/"));
    const $defs = local(document.components?.schemas);
    type Content = { schema?: object; example?: unknown; examples?: Record<string, { value: unknown }> };
    type Body = { content?: Record<string, Content> };
    type Described = { operationId?: string; requestBody?: Body; responses?: Record<string, Body> };
    let shown = 0;
    const check = ({ content = {} }: Body, where: string) => {
      for (const [type, { schema, example, examples = {} }] of Object.entries(content)) {
        if (schema === undefined || !type.endsWith("json")) continue;
        const all = [example, ...Object.values(examples).map(({ value }) => value)].filter((one) => one !== undefined);
        for (const one of all) {
          const { error } = z.fromJSONSchema({ ...local(schema), $defs }).safeParse(one);
          expect(error?.issues, `${where} ${type}`).toBeUndefined();
          shown += 1;
        }
      }
    };
    for (const path of Object.values(document.paths ?? {})) {
      for (const { operationId = "", requestBody = {}, responses = {} } of Object.values(path) as Described[]) {
        check(requestBody, operationId);
        for (const [status, response] of Object.entries(responses)) check(response, `${operationId} ${status}`);
      }
    }
    expect(shown).toBeGreaterThan(40);
  });

  it("has an example of every request body, every successful response and every parameter", () => {
    type Content = Record<string, { example?: unknown; examples?: unknown }>;
    interface Described {
      readonly operationId?: string;
      readonly requestBody?: { readonly content: Content };
      readonly responses: Record<string, { readonly content?: Content }>;
      readonly parameters?: readonly { name: string; example?: unknown; schema?: Record<string, unknown> }[];
    }
    const missing: string[] = [];
    const look = (content: Content = {}, place: string) => {
      for (const [type, { example, examples }] of Object.entries(content)) {
        if (example === undefined && examples === undefined) missing.push(`${place} ${type}`);
      }
    };
    for (const path of Object.values(openApiDocument().paths ?? {})) {
      for (const operation of Object.values(path) as Described[]) {
        look(operation.requestBody?.content, `${operation.operationId} request`);
        for (const [status, { content }] of Object.entries(operation.responses)) {
          if (status.startsWith("2")) look(content, `${operation.operationId} ${status}`);
        }
        for (const { name, example, schema = {} } of operation.parameters ?? []) {
          const given = [example, schema.default, schema.enum].some((one) => one !== undefined);
          if (!given) missing.push(`${operation.operationId} ${name}`);
        }
      }
    }
    expect(missing).toEqual([]);
  });

  it("describes the meaning of null only for fields that can be null", () => {
    const wrong: string[] = [];
    const visit = (node: SchemaNode, path: string): void => {
      const canBeNull = [node.type, ...(node.anyOf ?? []).map(({ type }) => type)].flat().includes("null");
      if (/\bnull\b/.test(node.description ?? "") && !canBeNull) wrong.push(path);
      for (const [name, field] of Object.entries(node.properties ?? {})) visit(field, `${path}.${name}`);
      if (node.items) visit(node.items, `${path}[]`);
    };
    for (const [name, schema] of Object.entries(openApiDocument().components?.schemas ?? {})) {
      visit(schema as SchemaNode, name);
    }
    expect(wrong).toEqual([]);
  });

  it("knows required fields: a tenant needs a name", () => {
    const schemas = openApiDocument().components?.schemas as Record<string, SchemaNode>;
    expect(schemas.CreateTenant?.required).toEqual(["name"]);
    expect(schemas.PatchTenant?.required).toBeUndefined();
  });

  it("allows null wherever a response may contain it", () => {
    const isNullable = ({ type, anyOf }: SchemaNode) =>
      [type].flat().includes("null") || anyOf?.some((choice) => choice.type === "null") === true;
    const forgotten: string[] = [];
    const compare = (meant: SchemaNode, said: SchemaNode, path: string): void => {
      for (const [name, member] of Object.entries(meant.properties ?? {})) {
        const told = said.properties?.[name];
        if (!told || told.$ref !== undefined) continue;
        if (isNullable(member) && !isNullable(told)) forgotten.push(`${path}.${name}`);
        compare(member, told, `${path}.${name}`);
      }
    };
    const { account, tenant, key, newKey, task, webhook, deliveries, ledger } = responses();
    const schemas = openApiDocument().components?.schemas as Record<string, SchemaNode>;
    for (const [name, schema] of Object.entries({
      Account: account,
      Tenant: tenant,
      Key: key,
      NewKey: newKey,
      Task: task,
      Webhook: webhook,
      Deliveries: deliveries,
      Ledger: ledger,
    })) {
      // Without the schemas' metadata: what was given by hand is what is in doubt.
      const meant = z.toJSONSchema(schema, { unrepresentable: "any", metadata: z.registry() }) as SchemaNode;
      expect(Object.keys(meant.properties ?? {}).length, name).toBeGreaterThan(0);
      compare(meant, schemas[name] ?? {}, name);
    }
    expect(forgotten).toEqual([]);
  });

  it("is served to any caller and to pages of any origin, and stored by no shared cache", async () => {
    const response = await call("GET", "/openapi.json");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("cache-control")).toBe("private, max-age=300");
    expect(JSON.parse(response.text)).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    const again = await call("GET", "/openapi.json", {
      headers: { "if-none-match": `W/${response.headers.get("etag")}` },
    });
    expect(again).toMatchObject({ status: 304, text: "" });
  });
});

describe("what a tenant reads of the API", () => {
  it("has every call of tenants, no call of operators, and no name of the upstream", async () => {
    const document = await call("GET", "/openapi-tenant.json");
    const shown = Object.keys((JSON.parse(document.text) as { paths: object }).paths);
    const all = Object.keys(openApiDocument().paths ?? {});
    expect(shown).toEqual(all.filter((path) => !path.startsWith("/admin/v1/") && path !== "/metrics"));
    for (const path of ["/openapi-tenant.json", "/docs", "/llms.txt", "/"]) {
      const { status, text } = await call("GET", path);
      expect(status).toBe(200);
      expect(text).not.toMatch(/seedhorse|\/admin\/v1/i);
    }
    expect((await call("GET", "/docs/operator")).text).toContain("/admin/v1/tenants");
  });
});

describe("live responses", () => {
  let tenant: TestTenant;
  let taskId: number;
  beforeAll(async () => {
    tenant = await createTenant({ name: "documented", billing: "prepaid", lowBalance: 5 });
    const path = `/admin/v1/tenants/${tenant.tenantId}/credits`;
    await call("POST", path, { headers: OPERATOR, body: { credits: 1_000, note: "start" } });
    const submitted = await call<{ taskId: number }>("POST", "/api/v1/task/generate", {
      headers: tenant.auth,
      body: { ...IMAGE, metadata: { order: "1" } },
    });
    taskId = submitted.data.taskId;
    await untilEnded(tenant, taskId);
  });

  /** Nothing is missing, of another type, or undocumented: zod leaves out what a schema does not have. */
  function expectDocumented({ code, text, data }: Answer<unknown>, schema: z.ZodType): void {
    expect(code, text).toBe(0);
    expect(schema.parse(data)).toEqual(data);
  }

  it("of the tenant's API are as described", async () => {
    const a = responses();
    const get = (path: string) => call<unknown>("GET", `/api/v1${path}`, { headers: tenant.auth });
    const send = (method: string, path: string, body?: unknown, headers = {}) =>
      call<unknown>(method, `/api/v1${path}`, { headers: { ...tenant.auth, ...headers }, ...(body ? { body } : {}) });
    expectDocumented(await get(`/query/${taskId}`), a.task);
    expectDocumented(await get("/tasks"), a.taskList);
    expectDocumented(await send("POST", "/task/generate", IMAGE, { prefer: "wait=20" }), a.submission);
    expectDocumented(await send("POST", "/task/estimate", IMAGE), a.estimate);
    expectDocumented(await get("/account"), a.account);
    for (const group of ["day", "model", "key", "endUser"]) {
      expectDocumented(await get(`/usage?groupBy=${group}`), a.usage);
    }
    expectDocumented(await get("/models"), a.models);
    expectDocumented(await send("POST", "/client-tokens", { endUser: "user" }), a.clientToken);
    const url = "http://127.0.0.1:9/hook";
    expectDocumented(await send("PUT", "/webhook", { url }), a.webhookPut);
    expectDocumented(await get("/webhook"), a.webhook);
    expectDocumented(await send("POST", "/webhook/rotate"), a.webhookRotated);
    expectDocumented(await send("POST", "/webhook/test"), a.webhookTest);
    expectDocumented(await send("POST", `/tasks/${taskId}/deliveries/redeliver`), a.deliveries);
    expectDocumented(await get(`/tasks/${taskId}/deliveries`), a.deliveries);
    expectDocumented(await send("DELETE", "/webhook"), a.webhookDeleted);
    const response = await exports.default.fetch(
      new Request(`${BASE}/api/v1/files`, { method: "POST", headers: tenant.auth, body: png(500) }),
    );
    const { data: upload } = await response.json<{ data: { fileId: string } }>();
    expect(a.upload.parse(upload)).toEqual(upload);
    expectDocumented(await send("DELETE", `/files/${upload.fileId}`), a.deletedUpload);
    expectDocumented(await send("DELETE", `/tasks/${taskId}`), a.deletedTask);
  });

  it("of the operator's API are as described", async () => {
    const a = responses();
    const send = (method: string, path: string, body?: unknown) =>
      call<never>(method, `/admin/v1${path}`, { headers: OPERATOR, ...(body ? { body } : {}) });
    const other = await send("POST", "/tenants", { name: "other", prices: [{ model: IMAGE.model, credits: 3 }] });
    expectDocumented(other, a.tenant);
    const base = `/tenants/${(other.data as { tenantId: string }).tenantId}`;
    expectDocumented(await send("GET", base), a.tenant);
    expectDocumented(await send("PATCH", base, { models: [IMAGE.model] }), a.tenant);
    expectDocumented(await send("GET", "/tenants?limit=3"), a.tenantList);
    const key = await send("POST", `${base}/keys`, { name: "k", expiresAt: "2099-01-01T00:00:00Z" });
    expectDocumented(key, a.newKey);
    const { keyId } = key.data as { keyId: string };
    expectDocumented(await send("POST", `${base}/keys/${keyId}/rotate`, { overlapSeconds: 60 }), a.newKey);
    expectDocumented(await send("PATCH", `${base}/keys/${keyId}`, { name: "renamed" }), a.key);
    expectDocumented(await send("GET", `${base}/keys`), a.keyList);
    expectDocumented(await send("DELETE", `${base}/keys/${keyId}`), a.key);
    expectDocumented(await send("POST", `${base}/credits`, { credits: 5 }), a.ledgerEntry);
    expectDocumented(await send("POST", `${base}/portal-links`), a.portalLink);
    const own = `/tenants/${tenant.tenantId}`;
    expectDocumented(await send("GET", `${own}/ledger`), a.ledger);
    expectDocumented(await send("GET", `${own}/tasks`), a.operatorTaskList);
    expectDocumented(await send("GET", `${own}/usage`), a.usage);
    expectDocumented(await send("GET", "/overview?days=3"), a.overview);
    expectDocumented(await send("GET", "/audit?limit=50"), a.auditLog);
    expectDocumented(await send("GET", "/prices"), a.prices);
    expectDocumented(await send("GET", "/branding"), a.branding);
    expectDocumented(await send("PUT", "/branding", {}), a.branding);
    expectDocumented(await send("DELETE", base), a.deletedTenant);
  });

  it("that refuse are as described", async () => {
    const { error } = responses();
    const refused = [
      await call("GET", "/api/v1/account"),
      await call("GET", "/api/v1/query/1", { headers: tenant.auth }),
      await call("POST", "/api/v1/task/generate", { headers: tenant.auth, body: { model: "x" } }),
      await call("POST", "/admin/v1/tenants", { headers: OPERATOR, body: {} }),
    ];
    for (const { text } of refused) expect(error.parse(JSON.parse(text))).toEqual(JSON.parse(text));
  });
});

describe("the reference page", () => {
  it("has every call, in full, without a script", async () => {
    const page = await call("GET", "/docs/operator");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    for (const { operationId, summary } of readOperations(openApiDocument())) {
      expect(page.text).toContain(`id="${operationId}"`);
      expect(page.text).toContain(summary.replaceAll("'", "&#39;"));
    }
    for (const { id } of headings(openApiDocument().info.description ?? "")) expect(page.text).toContain(`id="${id}"`);
  });

  it("is the same for every host, so that no cache can hand one host's name to readers of another", async () => {
    const [one, other] = [await call("GET", "/docs"), await call("GET", "https://other.example/docs")];
    expect(one.text).toContain("https://gateway.example/api/v1/task/generate");
    expect(other.text).toBe(one.text);
    expect(one.text).not.toContain(new URL(BASE).host);
    expect(one.headers.get("cache-control")).toBe("no-store");
  });

  it("runs nothing inline and loads nothing from elsewhere", async () => {
    const page = await call("GET", "/docs");
    expect(page.headers.get("content-security-policy")).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
    expect(page.text).not.toMatch(/<script(?![^>]* src=)/);
    expect(page.text).not.toMatch(/ (style|on\w+)=/);
    const loaded = [...page.text.matchAll(/<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"/g)].map(
      ([, url = ""]) => url,
    );
    expect(loaded.length).toBeGreaterThan(2);
    for (const url of loaded) expect(url).toMatch(/^(\/static\/docs\.(js|css)\?v=\w+|data:image\/svg)/);
    for (const url of loaded.filter((one) => one.startsWith("/"))) {
      const asset = await call("GET", url);
      expect(asset.status).toBe(200);
      expect(asset.headers.get("cache-control")).toContain("immutable");
      const again = await call("GET", url, { headers: { "if-none-match": asset.headers.get("etag") ?? "" } });
      expect(again.status).toBe(304);
    }
    expect((await call("GET", "/static/nothing.js")).status).toBe(404);
    expect((await call("GET", "/static/toString")).status).toBe(404);
  });
});

describe("Markdown in descriptions", () => {
  const rendered = (markdown: string) => String(renderMarkdown(markdown));

  it("becomes paragraphs, lists, tables, headings and code", () => {
    const text = rendered(
      "One `a<b`\nline.\n\n## Title here\n\n- x\n- **y**\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```sh\nrun <this>\n\nnow\n```",
    );
    expect(text).toContain("<p>One <code>a&lt;b</code> line.</p>");
    expect(text).toContain('<h2 id="title-here">Title here</h2>');
    expect(text).toContain("<ul><li>x</li><li><strong>y</strong></li></ul>");
    expect(text).toContain("<td>1</td><td>2</td>");
    expect(text).toContain("run &lt;this&gt;\n\nnow</pre>");
  });

  it("links nowhere but to the web and to this host", () => {
    expect(String(inline("[a](https://x.example) [b](/docs)"))).toBe(
      '<a href="https://x.example">a</a> <a href="/docs">b</a>',
    );
    expect(String(inline("[a](javascript:alert(1))"))).not.toContain("<a");
  });
});
