import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTenant } from "../../scripts/gateway-client.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { freePort } from "../../scripts/ports.ts";
import { findBrowser, launchBrowser } from "../support/node/browser.ts";
import { Command } from "../support/node/command.ts";
import { REQUIRED_SETTINGS, World } from "../support/node/world.ts";

const run = promisify(execFile);

describe("the examples", () => {
  let world: World;
  let browser: Browser | null;
  beforeAll(async () => {
    browser = await launchBrowser();
    world = await World.start({}, { speed: 4 });
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  it("take an operator through a customer's life with curl alone", async () => {
    const { stdout, stderr } = await run("sh", [join(REPOSITORY, "examples/operator.sh")], {
      env: { ...process.env, PADDOCK_URL: world.gateway.url, ADMIN_TOKEN: REQUIRED_SETTINGS.ADMIN_TOKEN },
    });
    expect(stderr).toBe("");
    expect(stdout).toContain("it cost 12 credits");
    expect(stdout.match(/,credit,1000,/g)).toHaveLength(1);
    expect(stdout).toMatch(/,capture,0,988,/);
    expect(stdout).toMatch(/key_[0-9a-f]{16},backend,1,12,1,0,0,0/);
    expect(stdout).toContain("  suspended\n");
    expect(stdout).toContain("  credits.add\n");
    expect(stdout.trimEnd().endsWith("Done.")).toBe(true);
  });

  it.skipIf(findBrowser() === null)("have a page that paints with a token which its backend has minted", async () => {
    await run(process.execPath, [
      join(REPOSITORY, "node_modules/typescript/bin/tsc"),
      "-p",
      join(REPOSITORY, "client"),
    ]);
    const { key } = await createTenant(world.operator, { name: "Shop" });
    const port = String(await freePort());
    const backend = new Command(process.execPath, [join(REPOSITORY, "examples/browser/server.mjs")], {
      PADDOCK_URL: world.gateway.url,
      PADDOCK_KEY: key,
      PORT: port,
    });
    await backend.untilItSays(/Open http/);
    const page = await browser?.newPage();
    if (!page) throw new Error("there was a browser a moment ago");
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.getByRole("button", { name: "Paint" }).click();
    await page.getByText(/^Done, for \d+ credits\.$/).waitFor({ timeout: 50_000 });
    const width = await page.locator("#result").evaluate(async (image) => {
      await (image as HTMLImageElement).decode();
      return (image as HTMLImageElement).naturalWidth;
    });
    expect(width).toBeGreaterThan(0);
  });
});
