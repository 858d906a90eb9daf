import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { compileClient } from "../../scripts/build-client.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { freePort } from "../../scripts/ports.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import { Command } from "../support/node/command.ts";
import { pass } from "../support/until.ts";

describeInBrowser("the example of a page", () => {
  const here = startWithBrowser({}, { speed: 4 });
  beforeAll(async () => {
    compileClient(join(REPOSITORY, "packages/client/dist"));
  });

  it("generates with its backend's token when its script loads late", async () => {
    const { key } = await here.world.newTenant({ name: "Shop" });
    const port = String(await freePort());
    const backend = new Command(process.execPath, [join(REPOSITORY, "examples/browser/server.mjs")], {
      PADDOCK_URL: here.world.gateway.url,
      PADDOCK_KEY: key,
      PORT: port,
    });
    await backend.untilItSays(/Open http/);
    const page = await here.browser.newPage();
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
