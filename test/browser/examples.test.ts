import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileClient } from "../../scripts/build-client.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { freePort } from "../../scripts/ports.ts";
import { findBrowser, launchBrowser } from "../support/node/browser.ts";
import { Command } from "../support/node/command.ts";
import { World } from "../support/node/world.ts";
import { pass } from "../support/until.ts";

describe.skipIf(findBrowser() === null)("the example of a page", () => {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    const launched = await launchBrowser();
    if (launched === null) throw new Error("there was a browser a moment ago");
    browser = launched;
    world = await World.start({}, { speed: 4 });
    compileClient(join(REPOSITORY, "packages/client/dist"));
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  it("generates with its backend's token when its script loads late", async () => {
    const { key } = await world.newTenant({ name: "Shop" });
    const port = String(await freePort());
    const backend = new Command(process.execPath, [join(REPOSITORY, "examples/browser/server.mjs")], {
      PADDOCK_URL: world.gateway.url,
      PADDOCK_KEY: key,
      PORT: port,
    });
    await backend.untilItSays(/Open http/);
    const page = await browser.newPage();
    await page.route("**/page.js", async (route) => {
      await pass(1_500);
      await route.continue();
    });
    await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: "commit" });
    await page.getByRole("button", { name: "Paint", exact: true }).click();
    const status = page.getByRole("status");
    await expect.poll(() => status.textContent(), { timeout: 50_000 }).toMatch(/^(Done|Refused|Error|TypeError)/);
    expect(await status.textContent()).toMatch(/^Done, for \d+ credits\.$/);
    const width = await page.locator("#result").evaluate(async (image) => {
      await (image as HTMLImageElement).decode();
      return (image as HTMLImageElement).naturalWidth;
    });
    expect(width).toBeGreaterThan(0);
  });
});
