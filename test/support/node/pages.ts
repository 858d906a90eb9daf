/** Opening the gateway's own pages in a browser, and holding each to what all of them promise. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { REQUIRED_SETTINGS } from "./world.ts";

/** A page, with what went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and breaches of the content security policy; failed requests are not among them. */
  readonly problems: string[];
  /** Addresses of every request to another host. */
  readonly strangers: string[];
}

/** Opens a page in a context of its own: no cookies, no storage. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const problems: string[] = [];
  const strangers: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      problems.push(message.text());
  });
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).host !== new URL(url).host)
      strangers.push(request.url());
  });
  await page.goto(url);
  return { page, problems, strangers };
}

/** Nothing failed, nothing was asked of other hosts; then closes the page. */
export async function closePage({ page, problems, strangers }: WatchedPage): Promise<void> {
  await page.context().close();
  expect(problems).toEqual([]);
  expect(strangers).toEqual([]);
}

/** Signs in to the console. */
export async function signInToConsole(page: Page, token: string = REQUIRED_SETTINGS.ADMIN_TOKEN): Promise<void> {
  await page.getByLabel("Operator's token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Waits until nothing on the page is loading. */
export async function untilLoaded(page: Page): Promise<void> {
  await expect.poll(() => page.locator("[aria-busy]").count()).toBe(0);
}

/** Goes to another view of the same page by its hash, and waits until that view has loaded. */
export async function goToHash(page: Page, path: string): Promise<void> {
  await page.evaluate(async (to) => {
    if (location.hash === `#${to}`) return;
    // The router listens longer than this does, so it has begun to draw the view when this ends.
    const changed = new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
    location.hash = to;
    await changed;
  }, path);
  await untilLoaded(page);
}

/** The page's whole width can be seen without scrolling sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(content, page.url()).toBeLessThanOrEqual(room ?? 0);
}
