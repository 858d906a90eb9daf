import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { POST as imageRoute } from "../../examples/next/app/api/images/route.ts";
import { POST as tokenRoute } from "../../examples/next/app/api/paddock-token/route.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";

/** What Next.js does with `app/page.tsx` and its layout. */
const MOUNT = `
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import Layout from "./examples/next/app/layout.tsx";
import Page from "./examples/next/app/page.tsx";

createRoot(document).render(createElement(Layout, null, createElement(Page)));
`;
const HTML = '<!doctype html><script type="module" src="/page.js"></script>';
const ROUTES: Readonly<Record<string, (request: Request) => Promise<Response>>> = {
  "/api/paddock-token": tokenRoute,
  "/api/images": imageRoute,
};

describeInBrowser("the example of a Next.js app", () => {
  const here = startWithBrowser({}, { speed: 20 });
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    const { key } = await here.world.newTenant({ name: "app" });
    vi.stubEnv("PADDOCK_URL", here.world.gateway.url);
    vi.stubEnv("PADDOCK_KEY", key);
    const bundle = await build({
      stdin: { contents: MOUNT, resolveDir: REPOSITORY },
      alias: {
        "paddock-ai-sdk-provider": join(REPOSITORY, "packages/ai-sdk-provider/src/index.ts"),
        "paddock-client": join(REPOSITORY, "packages/client/src/index.ts"),
      },
      bundle: true,
      format: "esm",
      platform: "browser",
      jsx: "automatic",
      define: { "process.env.NODE_ENV": '"production"' },
      write: false,
      logLevel: "silent",
    });
    const script = bundle.outputFiles[0]?.text ?? "";
    server = createServer(async (request, response) => {
      const handler = ROUTES[request.url ?? ""];
      if (handler === undefined) {
        response.setHeader("content-type", request.url === "/page.js" ? "text/javascript" : "text/html");
        response.end(request.url === "/page.js" ? script : HTML);
        return;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = await handler(
        new Request(origin + request.url, {
          method: request.method ?? "GET",
          headers: request.headers as Record<string, string>,
          ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
        }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    server?.close();
  });

  async function generate(page: Page, prompt: string): Promise<void> {
    await page.getByRole("textbox", { name: "Prompt", exact: true }).fill(prompt);
    await page.getByRole("button", { name: "Generate", exact: true }).click();
  }

  it("generates in the page with the token of its user, and shows what is used up", async () => {
    const context = await here.browser.newContext();
    await context.addCookies([{ name: "user", value: "ann", url: origin }]);
    const page = await context.newPage();
    await page.goto(origin);
    await generate(page, "a cat in an app");
    const status = page.getByRole("status");
    await expect.poll(() => status.textContent()).toMatch(/^Done, for \d+ credits\.$/);
    const image = page.getByRole("img", { name: "The generated one", exact: true });
    const width = await image.evaluate(async (element) => {
      await (element as HTMLImageElement).decode();
      return (element as HTMLImageElement).naturalWidth;
    });
    expect(width).toBeGreaterThan(0);
    await generate(page, 'a cat [[sim: fail="out of paint"]]');
    await expect.poll(() => status.textContent()).toContain("out of paint");
    await context.close();
  });

  it("shows a visitor who is not signed in what to do", async () => {
    const page = await here.browser.newPage();
    await page.goto(origin);
    await generate(page, "a cat");
    await expect.poll(() => page.getByRole("status").textContent()).toBe("Sign in first");
  });

  it("generates in a route handler", async () => {
    const response = await fetch(`${origin}/api/images`, {
      method: "POST",
      body: JSON.stringify({ prompt: "a cat on a route" }),
    });
    const { url } = (await response.json()) as { url: string };
    expect((await fetch(url)).headers.get("content-type")).toBe("image/png");
  });
});
