import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type * as PaddockClient from "../../packages/client/src/index.ts";
import { compileClient } from "../../scripts/build-client.ts";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import { temporaryFolder } from "../support/node/temporary-folder.ts";

const PAGE = `<!doctype html><title>A shop</title>
<script type="module">import * as client from "/client/index.js"; window.paddockClient = client;</script>`;

/** A shop's web server: an empty page, and the client as its package ships it. */
async function startShop(dist: string): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    const [, name] = /^\/client\/([a-z-]+\.js)$/.exec(request.url ?? "") ?? [];
    response.setHeader("content-type", name ? "text/javascript" : "text/html");
    response.end(name ? readFileSync(join(dist, name)) : PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** What an EventSource of the page went through until it was closed for good. */
interface Heard {
  readonly events: readonly { readonly type: string; readonly status: number }[];
  readonly opened: number;
}

function listen(page: Page, url: string): Promise<Heard> {
  return page.evaluate(
    (address) =>
      new Promise<Heard>((resolve) => {
        const source = new EventSource(address);
        const events: { type: string; status: number }[] = [];
        let opened = 0;
        source.onopen = () => {
          opened += 1;
        };
        for (const type of ["progress", "completed", "failed", "cancelled"]) {
          source.addEventListener(type, ({ data }) => {
            events.push({ type, status: (JSON.parse(data as string) as { taskStatus: number }).taskStatus });
          });
        }
        source.onerror = () => {
          if (source.readyState === EventSource.CLOSED) resolve({ events, opened });
        };
      }),
    url,
  );
}

describeInBrowser("a task followed in a real browser", () => {
  const here = startWithBrowser({}, { speed: 20 });
  let dist: string;
  let shop: Awaited<ReturnType<typeof startShop>>;
  let backend: GatewayClient;
  let page: Page;

  beforeAll(async () => {
    dist = await temporaryFolder();
    compileClient(dist);
    shop = await startShop(dist);
    backend = new GatewayClient(here.world.gateway.url, (await here.world.newTenant({ name: "shop" })).key);
    page = await here.browser.newPage();
    await page.goto(shop.origin);
  });
  afterAll(async () => {
    shop?.server.close();
    await rm(dist, { recursive: true, force: true });
  });

  const tokenFor = async (allowedOrigins: string[]) => {
    const minted = await backend.call<{ token: string }>("POST", "/api/v1/client-tokens", {
      endUser: "ann",
      allowedOrigins,
    });
    return minted.token;
  };
  const submit = async (token: string, plan: string) => {
    const body = { model: "Imagen Nano Banana 2", taskName: "Followed", type: "txt", prompt: `a cat [[sim: ${plan}]]` };
    const client = new GatewayClient(here.world.gateway.url, token);
    return (await client.call<{ taskId: number }>("POST", "/api/v1/task/generate", body, { origin: shop.origin }))
      .taskId;
  };
  const eventsUrl = (taskId: number, token: string) =>
    `${here.world.gateway.url}/api/v1/tasks/${taskId}/events?token=${token}`;

  it("sends progress and the final event to an EventSource that then does not reconnect", async () => {
    const token = await tokenFor([shop.origin]);
    const taskId = await submit(token, "delayMs=1000");
    const { events, opened } = await listen(page, eventsUrl(taskId, token));
    expect(events.length).toBeGreaterThan(2);
    expect(events.slice(0, -1).every(({ type }) => type === "progress")).toBe(true);
    expect(events.at(-1)).toEqual({ type: "completed", status: 2 });
    // The browser reconnected once, with the last id, and got 204: no second stream, no event twice.
    expect(opened).toBe(1);
  });

  it("sends nothing to an origin that the token does not list", async () => {
    const token = await tokenFor(["https://shop.example"]);
    const own = await tokenFor([shop.origin]);
    const taskId = await submit(own, "");
    expect(await listen(page, eventsUrl(taskId, token))).toEqual({ events: [], opened: 0 });
  });

  it("is submitted, followed and shown with paddock-client", async () => {
    const token = await tokenFor([shop.origin]);
    const seen = await page.evaluate(
      async ([baseUrl, credential]) => {
        const shopWindow = window as unknown as { paddockClient: typeof PaddockClient };
        const { Paddock, PaddockError } = shopWindow.paddockClient;
        const client = new Paddock({ baseUrl, credential: () => credential });
        const progress: number[] = [];
        const { taskId } = await client.generate({
          model: "Imagen Nano Banana 2",
          taskName: "From a page",
          type: "txt",
          prompt: "a cat [[sim: delayMs=800]]",
          seed: 9_223_372_036_854_775_807n,
        });
        const task = await client.wait(taskId, { onProgress: (now) => progress.push(now.progress) });
        const [result] = task.results;
        const show = async (url: string) => {
          const image = new Image();
          image.src = url;
          await image.decode();
          return image.naturalWidth;
        };
        const small = await fetch(`${result?.fileUrl}?w=128`, { headers: { accept: "image/webp" } });
        const file = new File([await (await fetch(result?.fileUrl ?? "")).blob()], "cat.png");
        const uploaded = await client.upload(file);
        await client.files.delete(uploaded.fileId);
        const listed: number[] = [];
        for await (const one of client.tasks.list({ limit: 1 })) listed.push(one.taskId);
        const rejected = await client.query(1).catch((error: unknown) => error);
        return {
          listed: listed[0] === taskId,
          progress,
          seed: String(task.seed),
          widths: [await show(result?.fileUrl ?? ""), await show(result?.thumbnailUrl ?? ""), await show(small.url)],
          smallType: small.headers.get("content-type"),
          uploadedType: uploaded.contentType,
          rejected: rejected instanceof PaddockError ? [rejected.code, rejected.requestId !== null] : String(rejected),
        };
      },
      [here.world.gateway.url, token] as const,
    );
    expect(seen.progress.length).toBeGreaterThan(2);
    expect(seen.progress.at(-1)).toBe(100);
    const [full = 0, thumbnail = 0, small = 0] = seen.widths;
    expect([full > 0, thumbnail, small]).toEqual([true, Math.min(full, 512), Math.min(full, 128)]);
    expect(seen).toMatchObject({
      listed: true,
      seed: "9223372036854775807",
      smallType: "image/webp",
      uploadedType: "image/png",
      rejected: [40_002, true],
    });
  });
});
