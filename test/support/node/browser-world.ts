/** A gateway with a simulated upstream and a real browser, for all tests of a file. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { findBrowser, launchBrowser } from "./browser.ts";
import { World } from "./world.ts";

/** Tests that are left out on a machine without a browser. */
export const describeInBrowser = describe.skipIf(findBrowser() === null);

/** Starts both before the tests of the surrounding `describe`, and stops them after. They exist from `beforeAll` on. */
export function startWithBrowser(...settings: Parameters<typeof World.start>): {
  readonly world: World;
  readonly browser: Browser;
} {
  const here = {} as { world: World; browser: Browser };
  beforeAll(async () => {
    const browser = await launchBrowser();
    if (browser === null) throw new Error("no browser");
    here.browser = browser;
    here.world = await World.start(...settings);
  });
  afterAll(async () => {
    await here.browser?.close();
    await here.world?.stop();
  });
  return here;
}
