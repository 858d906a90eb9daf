/** A collection that Postman's own converter makes of the API document: the first Send of each request succeeds. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import converter from "openapi-to-postmanv2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readGenerated } from "../../scripts/generated.ts";
import { png } from "../support/media.ts";
import { REQUIRED_SETTINGS, World } from "../support/node/world.ts";

interface Field {
  readonly key: string;
  readonly value?: string;
  readonly type?: string;
}

interface PostmanRequest {
  readonly method: string;
  readonly url: { readonly path: readonly string[]; readonly query: readonly Field[] };
  readonly header: readonly Field[];
  readonly body?: { readonly mode?: "raw" | "formdata"; readonly raw?: string; readonly formdata?: readonly Field[] };
}

interface PostmanItem {
  readonly name: string;
  readonly item?: readonly PostmanItem[];
  readonly request: PostmanRequest;
}

/** What a person selects in Postman, who has no collection run before: credentials, identifiers, a file. */
type Values = Record<string, string>;

async function convert(data: string): Promise<PostmanRequest[]> {
  const { promise, resolve, reject } = Promise.withResolvers<PostmanItem>();
  const input = { type: "string", data } as const;
  converter.convertV2(input, { parametersResolution: "Example" }, (error, result) => {
    if (error || !result?.result) reject(error ?? new Error(result?.reason));
    else resolve(result.output?.[0]?.data as PostmanItem);
  });
  const requests: PostmanRequest[] = [];
  const visit = (one: PostmanItem): void => {
    if (one.item === undefined) requests.push(one.request);
    else for (const inner of one.item) visit(inner);
  };
  visit(await promise);
  return requests;
}

describe("a Postman collection of the API document", () => {
  let world: World;
  let web: Server;
  let webUrl: string;
  let tenant: { tenantId: string; key: string };

  let requests: PostmanRequest[];
  beforeAll(async () => {
    requests = await convert(readGenerated("openapi.json.gz.bin") ?? "");
    // The addresses of the examples: receivers of webhooks, and a file to import.
    web = createServer((request, response) => {
      request.resume().on("end", () => {
        if (request.method === "POST") response.writeHead(204).end();
        else response.writeHead(200, { "content-type": "image/png" }).end(png());
      });
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    world = await World.start({ ALLOW_PRIVATE_URLS: "true" }, { speed: 50 });
    tenant = await world.newTenant({ name: "postman" });
  });
  afterAll(async () => {
    await world.stop();
    web.close();
  });

  const api = async <T>(credential: string, method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(world.gateway.url + path, {
      method,
      headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const envelope = (await response.json()) as { code: number; msg: string; data: T };
    expect(envelope.code, `${method} ${path}: ${envelope.msg}`).toBe(0);
    return envelope.data;
  };

  async function finishedTask(type: "image" | "video"): Promise<{ taskId: number; resultUrls: string[] }> {
    const body =
      type === "image"
        ? { model: "Imagen Nano Banana 2", taskName: "Postman", type: "txt", prompt: "a cat" }
        : { model: "Seedance 2.0", taskName: "Postman", type: "img_txt", prompt: "a cat", durationSeconds: 4 };
    const made = await api<{ taskId: number; resultUrls: string[] }>(tenant.key, "POST", "/api/v1/task/generate", body);
    await expect
      .poll(() => api<{ taskStatus: number }>(tenant.key, "GET", `/api/v1/query/${made.taskId}`))
      .toMatchObject({ taskStatus: 2 });
    return made;
  }

  /** Makes what the path of a request needs; what one request deletes, the next one does not find. */
  async function valuesFor({ url }: PostmanRequest): Promise<Values> {
    const path = `/${url.path.join("/")}`;
    const root = REQUIRED_SETTINGS.ADMIN_TOKEN;
    const admin = path.startsWith("/admin/") || path === "/metrics";
    const values: Values = { credential: admin ? root : tenant.key };
    if (path === "/api/v1/client-token" || path.includes(":tokenId")) {
      const token = await api<{ token: string; tokenId: string }>(tenant.key, "POST", "/api/v1/client-tokens", {});
      values.tokenId = token.tokenId;
      if (path === "/api/v1/client-token") values.credential = token.token;
    }
    if (path === "/api/v1/portal-links") {
      const key = { name: "portal", scopes: ["portal"] };
      values.credential = (
        await api<{ key: string }>(root, "POST", `/admin/v1/tenants/${tenant.tenantId}/keys`, key)
      ).key;
    }
    if (path.includes(":tenantId")) {
      const another = async () => (await world.newTenant({ name: "postman too" })).tenantId;
      values.tenantId = path.includes(":taskId") ? tenant.tenantId : await another();
      if (path.includes("webhook")) values.tenantId = tenant.tenantId;
    }
    if (path.includes(":keyId")) {
      const made = await api<{ keyId: string }>(root, "POST", `/admin/v1/tenants/${values.tenantId}/keys`, {});
      values.keyId = made.keyId;
    }
    if (path.includes(":operatorId")) {
      const operator = { name: "Prometheus", scopes: ["metrics"] };
      values.operatorId = (await api<{ operatorId: string }>(root, "POST", "/admin/v1/operators", operator)).operatorId;
    }
    // The example's month is in the past, and these tenants are new.
    if (path.includes(":month")) values.month = new Date().toISOString().slice(0, 7);
    if (path.includes(":taskId")) values.taskId = String((await finishedTask("image")).taskId);
    if (path.includes(":deliveryId")) {
      await api(tenant.key, "PUT", "/api/v1/webhook", { url: `${webUrl}/hook` });
      await finishedTask("image");
      const list = () => api<{ deliveries: { deliveryId: string }[] }>(tenant.key, "GET", "/api/v1/deliveries");
      await expect.poll(async () => (await list()).deliveries.length).toBeGreaterThan(0);
      values.deliveryId = (await list()).deliveries[0]?.deliveryId ?? "";
      values.tenantId = tenant.tenantId;
    }
    if (path.includes("/videos/:id")) values.id = `video_${(await finishedTask("video")).taskId}`;
    if (path.startsWith("/files/")) {
      const [file = ""] = (await finishedTask("image")).resultUrls;
      [, , values.token = "", values.name = ""] = new URL(file).pathname.split("/");
    }
    if (path.includes("webhook") || path.endsWith("redeliver")) {
      const own = path.startsWith("/admin/v1/webhook");
      await api(own ? root : tenant.key, "PUT", own ? "/admin/v1/webhook" : "/api/v1/webhook", {
        url: `${webUrl}/hook`,
      });
    }
    if (path.includes(":fileId")) {
      if (path.includes("/uploads/")) await beginUpload(path, values);
      else {
        const url = new URL("/api/v1/files", world.gateway.url);
        const headers = { authorization: `Bearer ${tenant.key}` };
        const upload = await fetch(url, { method: "POST", headers, body: png() });
        values.fileId = ((await upload.json()) as { data: { fileId: string } }).data.fileId;
      }
    }
    return values;
  }

  async function beginUpload(path: string, values: Values): Promise<void> {
    const file = { bytes: png().length, contentType: "image/png" };
    const begun = await api<{ uploadId: string; parts: { url: string }[]; completeUrl: string }>(
      tenant.key,
      "POST",
      "/api/v1/files/uploads",
      file,
    );
    values.fileId = begun.uploadId;
    const [part] = begun.parts;
    if (path.endsWith("/complete")) await fetch(part?.url ?? "", { method: "PUT", body: png() });
    const url = path.endsWith("/complete") ? begun.completeUrl : (part?.url ?? "");
    for (const [name, value] of new URL(url).searchParams) values[`query:${name}`] = value;
  }

  async function send(request: PostmanRequest, values: Values): Promise<Response> {
    const examples = (text: string) => text.replaceAll("https://example.com", webUrl);
    const url = new URL(
      `/${request.url.path.map((part) => (part.startsWith(":") ? (values[part.slice(1)] ?? exampleOf(request, part)) : part)).join("/")}`,
      world.gateway.url,
    );
    for (const { key, value = "" } of request.url.query) url.searchParams.set(key, values[`query:${key}`] ?? value);
    const headers = new Headers();
    for (const { key, value = "" } of request.header) headers.set(key, value);
    headers.set("authorization", `Bearer ${values.credential}`);
    const { mode, raw = "", formdata = [] } = request.body ?? {};
    const init: RequestInit = { method: request.method, headers };
    if (mode === "formdata") {
      headers.delete("content-type");
      const form = new FormData();
      for (const { key, type, value = "" } of formdata) {
        if (type === "file") form.set(key, new Blob([png()]), "cat.png");
        else form.set(key, value);
      }
      init.body = form;
    } else if (mode === "raw") init.body = raw.startsWith("(bytes") ? png() : examples(raw);
    return fetch(url, init);
  }

  function exampleOf({ url }: PostmanRequest, part: string): string {
    const variables = (url as unknown as { variable: readonly Field[] }).variable;
    return variables.find(({ key }) => key === part.slice(1))?.value ?? "";
  }

  it("succeeds with the first Send of every request", async () => {
    expect(requests.length).toBeGreaterThan(80);
    const failed: string[] = [];
    for (const request of requests) {
      // A session is made by a person who signs in to a page.
      if (request.url.path.includes(":sessionId")) continue;
      const response = await send(request, await valuesFor(request));
      const text = (await response.text()).slice(0, 300);
      if (!response.ok) failed.push(`${request.method} /${request.url.path.join("/")}: ${response.status} ${text}`);
    }
    expect(failed).toEqual([]);
  });
});
