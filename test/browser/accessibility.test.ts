/**
 * No page has a finding of axe, of any impact: every page of console and portal in the states that a page can be in, the
 * sign-in pages and the API reference, in four widths, in light and dark. Pages are found by their links.
 */
import type { Page, Route } from "playwright-core";
import { expect, it } from "vitest";
import { eachDialog, eachPage, Findings, IS_WHOLE, show } from "../support/node/accessibility.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import { fillTenant } from "../support/node/filled-tenant.ts";
import { closePage, openPage, signInToConsole, untilLoaded, type WatchedPage } from "../support/node/pages.ts";

/** Looks at one page: every width; a narrow and a wide one; or any, so that the looks are spread over pages and states. */
const ALL_WIDTHS = 4;
const NARROW_AND_WIDE = 2;
const SPREAD = 1;

/** How the calls of a page fare in a state; null: as usual. */
const STATES = {
  loading: () => new Promise<void>(() => {}),
  error: (route: Route) =>
    route.fulfill({
      status: 503,
      contentType: "application/json",
      body: '{"code":10001,"msg":"The service is busy, please retry later","ok":false,"data":null}',
    }),
  offline: (route: Route) => route.abort("internetdisconnected"),
} as const;

describeInBrowser("pages have no finding of axe", () => {
  const here = startWithBrowser({ ALLOW_PRIVATE_URLS: "true", WEBHOOK_RETRY_SECONDS: "0.2,0.2" }, { speed: 20 });
  let filled: string;
  let suspended: string;
  const paths: Record<"console" | "portal", readonly string[]> = { console: ["/"], portal: ["/"] };

  const url = (path: string) => here.world.gateway.url + path;

  /** Checks one page of the browser in the course of a test. */
  async function check(open: Promise<WatchedPage>, work: (page: Page, findings: Findings) => Promise<void>) {
    const watched = await open;
    // Nothing here needs what a button opens beside the page.
    watched.page.on("popup", (popup) => void popup.close());
    const findings = new Findings();
    await work(watched.page, findings);
    expect(findings.runs).toBeGreaterThan(0);
    expect(findings.lines).toEqual([]);
    await watched.page.unrouteAll({ behavior: "ignoreErrors" });
    await closePage(watched);
  }

  async function openConsole(token?: string): Promise<WatchedPage> {
    const watched = await openPage(here.browser, url("/console"));
    await signInToConsole(watched.page, token);
    await watched.page.getByRole("navigation", { name: "Console", exact: true }).waitFor();
    return watched;
  }

  async function openPortal(tenantId: string, person: object = {}): Promise<WatchedPage> {
    const links = `/admin/v1/tenants/${tenantId}/portal-links`;
    const watched = await openPage(
      here.browser,
      (await here.world.operator.call<{ url: string }>("POST", links, person)).url,
    );
    await watched.page.getByRole("button", { name: "Continue", exact: true }).click();
    await watched.page.getByRole("navigation", { name: "Portal", exact: true }).waitFor();
    return watched;
  }

  const newTenant = async (name: string) =>
    (await here.world.operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", { name, billing: "prepaid" }))
      .tenantId;

  it("on the console's sign-in page, and in an empty deployment", async () => {
    await check(openPage(here.browser, url("/console")), async (page, findings) => {
      await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
      await findings.look(page, "sign-in", ALL_WIDTHS);
      await signInToConsole(page, "wrong");
      await page.getByRole("alert").waitFor();
      await findings.look(page, "sign-in refused", SPREAD);
      await signInToConsole(page);
      await page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
      await eachPage(page, ["/"], (path) => findings.look(page, `empty ${path}`, SPREAD));
    });
  });

  it("on the pages behind a portal link, and in the portal of a new tenant", async () => {
    const tenantId = await newTenant("Empty");
    const link = await here.world.operator.call<{ url: string }>("POST", `/admin/v1/tenants/${tenantId}/portal-links`);
    await check(openPage(here.browser, url("/portal")), async (page, findings) => {
      await page.getByRole("heading", { name: "Sign in to your portal", exact: true }).waitFor();
      await findings.look(page, "portal without a session", NARROW_AND_WIDE);
      await page.goto(link.url);
      await findings.look(page, "portal link", NARROW_AND_WIDE);
      await page.getByRole("button", { name: "Continue", exact: true }).click();
      await page.getByRole("navigation", { name: "Portal", exact: true }).waitFor();
      await eachPage(page, ["/"], (path) => findings.look(page, `empty ${path}`, SPREAD));
      await page.goto(link.url);
      await page.getByRole("button", { name: "Continue", exact: true }).click();
      await page.getByText("This link has expired", { exact: true }).waitFor();
      await findings.look(page, "expired portal link", SPREAD);
    });
    await check(openConsole(), async (page, findings) => {
      const look = (path: string) => findings.look(page, `empty ${path}`, SPREAD, "main");
      await eachPage(page, [`/tenants/${tenantId}`], look, (path) => path.includes(tenantId));
    });
  });

  it("in the console, with content and in each dialog", async () => {
    filled = await newTenant("Filled");
    suspended = await newTenant("Suspended");
    await fillTenant(here.world, filled);
    await here.world.operator.call("PATCH", `/admin/v1/tenants/${suspended}`, { status: "suspended" });
    await check(openConsole(), async (page, findings) => {
      const from = ["/", "/tenants", `/tenants/${filled}`, "/search?q=Filled"];
      const seen = new Set<string>();
      await untilLoaded(page);
      await findings.look(page, "frame", ALL_WIDTHS);
      paths.console = await eachPage(page, from, async (path) => {
        await findings.look(page, path, NARROW_AND_WIDE, "main");
        await eachDialog(page, seen, (title) => findings.look(page, `dialog ${title}`, SPREAD, "dialog[open]"));
      });
      await show(page, `/tenants/${filled}/keys`);
      await page.getByRole("button", { name: "New key", exact: true }).click();
      await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill("shown once");
      await page.getByRole("dialog").getByRole("button", { name: "Create key", exact: true }).click();
      await page.locator("[data-secret]").waitFor();
      await findings.look(page, "secret", NARROW_AND_WIDE);
      await page.getByRole("button", { name: "I have stored it", exact: true }).click();
      const look = (path: string) => findings.look(page, `suspended ${path}`, SPREAD, "main");
      await eachPage(page, [`/tenants/${suspended}`], look, (path) => path.includes(suspended));
    });
    expect(paths.console.length).toBeGreaterThan(20);
  });

  it("in the portal, with content and in each dialog", async () => {
    await check(openPortal(filled), async (page, findings) => {
      const seen = new Set<string>();
      await untilLoaded(page);
      await findings.look(page, "frame", ALL_WIDTHS);
      paths.portal = await eachPage(page, ["/"], async (path) => {
        await findings.look(page, path, NARROW_AND_WIDE, "main");
        await eachDialog(page, seen, (title) => findings.look(page, `dialog ${title}`, SPREAD, "dialog[open]"));
      });
    });
    expect(paths.portal.length).toBeGreaterThan(11);
  });

  it("in the portal of a suspended tenant, and for a viewer", async () => {
    for (const [tenantId, person] of [
      [suspended, {}],
      [filled, { role: "viewer", person: "ann@example.com" }],
    ] as const) {
      await check(openPortal(tenantId, person), async (page, findings) => {
        await findings.look(page, "frame", SPREAD);
        await eachPage(page, ["/"], (path) => findings.look(page, `read-only ${path}`, SPREAD, "main"));
      });
    }
  });

  it("in the console of an operator who may only read", async () => {
    const body = { name: "Reader", scopes: ["read"] };
    const { token } = await here.world.operator.call<{ token: string }>("POST", "/admin/v1/operators", body);
    await check(openConsole(token), async (page, findings) => {
      await findings.look(page, "frame", SPREAD);
      await eachPage(page, ["/"], (path) => findings.look(page, `read-only ${path}`, SPREAD, "main"));
    });
  });

  it.each(["loading", "error", "offline"] as const)("in the state %s", async (state) => {
    for (const site of ["console", "portal"] as const) {
      await check(site === "console" ? openConsole() : openPortal(filled), async (page, findings) => {
        await untilLoaded(page);
        await page.route(site === "console" ? "**/admin/v1/**" : "**/portal/t/*/api/**", STATES[state]);
        for (const path of paths[site].slice(1)) {
          await show(page, path);
          if (state !== "loading") await untilLoaded(page);
          await findings.look(page, `${state} ${path}`, SPREAD, "main");
        }
        // The first page is shown from memory, with a notice; nothing of it is left after a reload.
        await show(page, "/");
        if (state !== "loading")
          await page
            .getByText(/^This may be out of date/)
            .first()
            .waitFor();
        await findings.look(page, `${state} again`, SPREAD);
      });
    }
  });

  it("in the API reference", async () => {
    // The operators' is the same with more calls, and takes as long as all pages of the portal.
    for (const path of IS_WHOLE ? ["/docs", "/docs/operator"] : ["/docs"]) {
      await check(openPage(here.browser, url(path)), (page, findings) => findings.look(page, path, SPREAD));
    }
  });
});
