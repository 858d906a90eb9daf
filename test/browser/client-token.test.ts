import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";

const IMAGE = { model: "Imagen Nano Banana 2", taskName: "From a page", type: "txt", prompt: "a cat", size: "1K" };

/** A web server of somebody's: an origin of its own, and an empty page. */
async function startSite(): Promise<{ server: Server; origin: string }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A shop</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** What a page's own script gets to see of a call: its status and envelope, or that the browser gave it nothing. */
interface Seen {
  readonly status: number;
  readonly code: number;
  readonly data: unknown;
  readonly rateLimit: string | null;
}

function callFrom(page: Page, method: string, url: string, credential: string, body?: object): Promise<Seen | string> {
  return page.evaluate(
    async ([how, where, bearer, text]) => {
      try {
        const response = await fetch(where, {
          method: how,
          headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
          ...(text === null ? {} : { body: text }),
        });
        const { code, data } = (await response.json()) as { code: number; data: unknown };
        return { status: response.status, code, data, rateLimit: response.headers.get("ratelimit") };
      } catch (error) {
        return String(error);
      }
    },
    [method, url, credential, body === undefined ? null : JSON.stringify(body)] as const,
  );
}

describeInBrowser("a page in a real browser", () => {
  const here = startWithBrowser({}, { speed: 4 });
  let shop: Awaited<ReturnType<typeof startSite>>;
  let foreign: Awaited<ReturnType<typeof startSite>>;
  let tenant: { tenantId: string; key: string };
  let backend: GatewayClient;

  const pageOn = async (origin: string): Promise<Page> => {
    const page = await (await here.browser.newContext()).newPage();
    await page.goto(origin);
    return page;
  };
  const api = (path: string) => `${here.world.gateway.url}/api/v1${path}`;
  const mint = async (bounds: object) =>
    (await backend.call<{ token: string }>("POST", "/api/v1/client-tokens", bounds)).token;

  beforeAll(async () => {
    [shop, foreign] = await Promise.all([startSite(), startSite()]);
    tenant = await here.world.newTenant({ name: "Shop" });
    backend = new GatewayClient(here.world.gateway.url, tenant.key);
  });
  afterAll(async () => {
    shop?.server.close();
    foreign?.server.close();
  });

  it("on an allowed origin generates an image with a client token, and shows it", async () => {
    const token = await mint({ endUser: "alice", maxTasks: 1, allowedOrigins: [shop.origin] });
    const page = await pageOn(shop.origin);
    const submitted = await callFrom(page, "POST", api("/task/generate"), token, IMAGE);
    expect(submitted).toMatchObject({ status: 200, code: 0, rateLimit: expect.stringContaining("requests") });
    const { taskId } = (submitted as Seen).data as { taskId: number };
    const ended = await backend.untilEnded(taskId);
    const queried = await callFrom(page, "GET", api(`/query/${taskId}`), token);
    expect(queried).toMatchObject({ status: 200, data: { taskStatus: 2 } });
    const width = await page.evaluate(async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      return image.naturalWidth;
    }, ended.results[0]?.fileUrl ?? "");
    expect(width).toBeGreaterThan(0);
    const second = await callFrom(page, "POST", api("/task/generate"), token, IMAGE);
    expect(second).toMatchObject({ status: 403, code: 20002 });
  });

  it("on another origin is rejected with that token and can read the error", async () => {
    const token = await mint({ endUser: "alice", allowedOrigins: [shop.origin] });
    const page = await pageOn(foreign.origin);
    for (const [method, path, body] of [
      ["POST", "/task/generate", IMAGE],
      ["POST", "/task/estimate", IMAGE],
      ["GET", "/tasks", undefined],
    ] as const) {
      expect(await callFrom(page, method, api(path), token, body)).toMatchObject({ status: 403, code: 20002 });
    }
    expect(here.world.simulator.tasks({ prompt: "a cat" }).length).toBeLessThanOrEqual(1);
  });

  it("is rejected with a secret key that does not list its origin", async () => {
    const page = await pageOn(shop.origin);
    expect(await callFrom(page, "POST", api("/task/generate"), tenant.key, IMAGE)).toMatchObject({
      status: 403,
      code: 20002,
    });
    const listed = await here.world.operator.call<{ key: string }>(
      "POST",
      `/admin/v1/tenants/${tenant.tenantId}/keys`,
      {
        name: "internal tool",
        allowedOrigins: [shop.origin],
      },
    );
    expect(await callFrom(page, "GET", api("/account"), listed.key)).toMatchObject({ status: 200, code: 0 });
    const elsewhere = await pageOn(foreign.origin);
    expect(await callFrom(elsewhere, "GET", api("/account"), listed.key)).toMatchObject({ status: 403, code: 20002 });
  });

  it("works with a publishable key on the key's origins only", async () => {
    const { key } = await here.world.operator.call<{ key: string }>(
      "POST",
      `/admin/v1/tenants/${tenant.tenantId}/keys`,
      {
        name: "shop window",
        kind: "publishable",
        allowedOrigins: [shop.origin],
      },
    );
    const page = await pageOn(shop.origin);
    expect(await callFrom(page, "POST", api("/task/estimate"), key, IMAGE)).toMatchObject({ status: 200 });
    expect(await callFrom(page, "GET", api("/account"), key)).toMatchObject({ status: 403, code: 20002 });
    const elsewhere = await pageOn(foreign.origin);
    expect(await callFrom(elsewhere, "POST", api("/task/estimate"), key, IMAGE)).toMatchObject({ code: 20002 });
  });

  it("can read the error of an expired token", async () => {
    const token = await mint({ expiresInSeconds: 1 });
    const page = await pageOn(shop.origin);
    await expect
      .poll(() => callFrom(page, "GET", api("/tasks"), token), { timeout: 10_000, interval: 200 })
      .toMatchObject({ status: 401, code: 20008 });
  });
});
