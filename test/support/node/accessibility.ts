/** Checks pages with axe: finds the pages by their own links, and looks at each in several widths, in light and in dark. */
import axe, { type RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { untilLoaded } from "./pages.ts";

const WIDTHS = [360, 1280, 768, 1920] as const;
const SCHEMES = ["light", "dark"] as const;

/** One way of looking at a page. */
interface Look {
  readonly width: (typeof WIDTHS)[number];
  readonly colorScheme: (typeof SCHEMES)[number];
}

/** Every look. In this order, two in a row have a narrow and a wide page, in light and in dark; four have all widths. */
const LOOKS: readonly Look[] = SCHEMES.flatMap((first, turn) => {
  const other = SCHEMES[1 - turn] ?? first;
  return WIDTHS.map((width, index) => ({ width, colorScheme: index % 2 === 0 ? first : other }));
});

/** `ACCESSIBILITY=all`: every look at every page, in some minutes. Otherwise the looks are spread over pages and states. */
export const IS_WHOLE = process.env.ACCESSIBILITY === "all";

/** All rules of axe, best practices among them, and the one of WCAG 2.2 AA that it leaves out by default. */
const OPTIONS: RunOptions = {
  rules: { "target-size": { enabled: true } },
  resultTypes: ["violations"],
};

/** What axe found, one line an element. */
export class Findings {
  readonly #lines = new Map<string, string>();
  /** How many times axe ran. */
  runs = 0;
  #turn = 0;

  /** Every finding; each is here once, where it was seen first. */
  get lines(): string[] {
    return [...this.#lines].map(([what, where]) => `${what} (${where})`);
  }

  /**
   * Looks at what the page shows now.
   *
   * @param name what it is, for the finding
   * @param looks how many looks are enough
   * @param part the part of the page that is looked at
   */
  async look(page: Page, name: string, looks: number, part = "html"): Promise<void> {
    const all = IS_WHOLE ? LOOKS : LOOKS.map((_, index) => LOOKS[(this.#turn + index) % LOOKS.length]).slice(0, looks);
    this.#turn += looks;
    for (const look of all) if (look) await this.#lookOnce(page, name, look, part);
  }

  async #lookOnce(page: Page, name: string, { width, colorScheme }: Look, part: string): Promise<void> {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // The browser applies both a frame later.
    await page.evaluate(
      async ([expected, scheme]) => {
        const isThere = () => innerWidth === expected && matchMedia(`(prefers-color-scheme: ${scheme})`).matches;
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        do await frame();
        while (!isThere());
        await frame();
      },
      [width, colorScheme] as const,
    );
    // The policy of the pages allows no script from elsewhere; what the browser's tools evaluate is exempt.
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
    const found = await page.evaluate(
      async ([where, options]) => {
        const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(where, options);
        return violations.flatMap(({ id, help, nodes }) =>
          nodes.map(
            ({ html, failureSummary = "" }) =>
              `${id}: ${html.slice(0, 300)}${failureSummary.split("\n").slice(1).join(";")} · ${help}`,
          ),
        );
      },
      [part, OPTIONS] as const,
    );
    this.runs += 1;
    for (const line of found) {
      if (!this.#lines.has(line)) this.#lines.set(line, `${name}, ${width} px, ${colorScheme}`);
    }
  }
}

const ID = /^([a-z]+_[A-Za-z0-9]+|\d+)$/;

/** Returns the kind of a page: its path with `:id` for ids. */
export function kindOf(path: string): string {
  return path
    .split("/")
    .map((part) => (ID.test(part) ? ":id" : part))
    .join("/");
}

/** Returns the paths that the page leads to by links of its own, such as navigation and tabs. */
async function pathsOn(page: Page): Promise<string[]> {
  const hrefs = await page
    .locator('a[href^="#/"]')
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  return hrefs.map((href) => (href ?? "").slice(1));
}

/**
 * Visits one page of each kind that links lead to, from the page that is open on.
 *
 * @param from paths to begin with
 * @param visit is called once a page is shown whole
 * @param follows whether a link is followed
 * @returns the paths
 */
export async function eachPage(
  page: Page,
  from: readonly string[],
  visit: (path: string) => Promise<void>,
  follows: (path: string) => boolean = () => true,
): Promise<string[]> {
  const waiting = [...from];
  const visited = new Map<string, string>();
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const kind = kindOf(path.split("?")[0] ?? path);
    if (visited.has(kind)) continue;
    visited.set(kind, path);
    await show(page, path);
    await untilLoaded(page);
    await visit(path);
    waiting.push(...(await pathsOn(page)).filter(follows));
  }
  return [...visited.values()];
}

/** Goes to a page without waiting for its data. */
export async function show(page: Page, path: string): Promise<void> {
  await page.evaluate(async (to) => {
    if (location.hash === `#${to}`) return;
    const changed = new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
    location.hash = to;
    await changed;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }, path);
}

/** Opens each dialog that a button of the page opens, and calls `visit` while it is open. No form is sent. */
export async function eachDialog(
  page: Page,
  seen: Set<string>,
  visit: (title: string) => Promise<void>,
): Promise<void> {
  const main = page.locator("main");
  const names = await main
    .locator("button[type=button]:visible")
    .evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label") ?? button.textContent.trim()));
  const kinds = new Set<string>();
  for (const name of names) {
    // Buttons of rows are named alike: "Edit a", "Edit b".
    const kind = name.split(" ")[0] ?? name;
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    const button = main.getByRole("button", { name, exact: true }).first();
    if (!(await button.isVisible()) || !(await button.isEnabled())) continue;
    await button.click();
    // Some ask the gateway first.
    await main.locator(".button[aria-disabled=true]:focus").waitFor({ state: "detached" });
    const dialog = page.locator("dialog[open]");
    if ((await dialog.count()) === 0) continue;
    const title = (await dialog.locator("h2").first().textContent()) ?? "";
    if (!seen.has(title)) {
      seen.add(title);
      await untilLoaded(page);
      await visit(title);
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
}
