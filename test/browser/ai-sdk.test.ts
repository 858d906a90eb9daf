import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Paddock } from "../../packages/client/src/index.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";

/** What a page of an app does; the token is its backend's. */
const PAGE = `
import { experimental_generateVideo as generateVideo, generateImage } from "ai";
import { createPaddock } from "paddock-ai-sdk-provider";

window.generate = async (baseURL, token) => {
  const paddock = createPaddock({ baseURL, apiKey: async () => token });
  const { image, providerMetadata } = await generateImage({
    model: paddock.image("nano-banana-2"),
    prompt: "a cat in a browser",
    size: "1792x1024",
  });
  const { video } = await generateVideo({
    model: paddock.video("seedance-2.0"),
    prompt: { text: "the cat jumps", image: image.uint8Array },
    poll: { intervalMs: 100 },
    download: async ({ url }) => {
      const response = await fetch(url);
      return { data: new Uint8Array(await response.arrayBuffer()), mediaType: response.headers.get("content-type") };
    },
  });
  const shown = new Image();
  shown.src = "data:" + image.mediaType + ";base64," + image.base64;
  await shown.decode();
  const refused = await generateImage({ model: paddock.image("nano-banana-2"), prompt: "one too many" }).catch(
    (error) => ({ name: error.name, status: error.statusCode, code: error.data.code, isRetryable: error.isRetryable }),
  );
  return {
    width: shown.naturalWidth,
    url: providerMetadata.paddock.images[0].url,
    video: [video.mediaType, video.uint8Array.length > 0],
    refused,
  };
};
`;

describeInBrowser("paddock-ai-sdk-provider in a real browser", () => {
  const here = startWithBrowser({}, { speed: 20 });
  let server: Server;
  beforeAll(async () => {
    const bundle = await build({
      stdin: { contents: PAGE, resolveDir: REPOSITORY },
      alias: {
        "paddock-ai-sdk-provider": join(REPOSITORY, "packages/ai-sdk-provider/src/index.ts"),
        "paddock-client": join(REPOSITORY, "packages/client/src/index.ts"),
      },
      bundle: true,
      format: "esm",
      platform: "browser",
      write: false,
      logLevel: "silent",
    });
    const script = bundle.outputFiles[0]?.text ?? "";
    server = createServer((request, response) => {
      const isScript = request.url === "/page.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    server?.close();
  });

  it("generates an image and a video from it with a client token, and shows its refusal", async () => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const backend = new Paddock({ baseUrl: here.world.gateway.url, credential: (await here.world.newTenant()).key });
    const { token } = await backend.createClientToken({ endUser: "ann", maxTasks: 2, allowedOrigins: [origin] });
    const page = await here.browser.newPage();
    await page.goto(origin);
    type Generate = (baseURL: string, token: string) => Promise<unknown>;
    await page.waitForFunction(() => "generate" in window);
    const seen = await page.evaluate(
      ([baseURL, credential]) =>
        (window as unknown as { generate: Generate }).generate(baseURL as string, credential as string),
      [here.world.gateway.url, token],
    );
    expect(seen).toMatchObject({
      width: expect.any(Number),
      url: expect.stringContaining(`${here.world.gateway.url}/files/`),
      video: ["video/mp4", true],
      refused: { name: "AI_APICallError", status: 403, code: 20_002, isRetryable: false },
    });
    expect((seen as { width: number }).width).toBeGreaterThan(0);
  });
});
