import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import {
  closePage,
  expectNoSidewaysScroll,
  goToHash,
  openPage,
  signInToConsole,
  untilLoaded,
} from "../support/node/pages.ts";
import { REQUIRED_SETTINGS } from "../support/node/world.ts";

const IMAGE = {
  model: "Imagen Nano Banana 2",
  taskName: "From a test",
  type: "txt",
  prompt: "a grey kitten",
  size: "1K",
};

describeInBrowser("the operator's console", () => {
  const here = startWithBrowser({ ALLOW_PRIVATE_URLS: "true" });

  const open = (path = "", options = {}) => openPage(here.browser, `${here.world.gateway.url}/console${path}`, options);

  it("shows an error for a wrong token, and accepts the right one then", async () => {
    const watched = await open();
    await signInToConsole(watched.page, "not-the-token");
    await expect
      .poll(() => watched.page.getByRole("alert").textContent())
      .toContain("not this gateway's operator token");
    await signInToConsole(watched.page);
    await watched.page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
    await closePage(watched);
  });

  it("shares its session with all tabs, where no script can read it, and ends it in all of them", async () => {
    const watched = await open();
    const { page } = watched;
    await signInToConsole(page);
    await page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
    );
    expect(kept).not.toContain(REQUIRED_SETTINGS.ADMIN_TOKEN);
    expect(kept).not.toContain("pds_");
    expect(await page.content()).not.toContain(REQUIRED_SETTINGS.ADMIN_TOKEN);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole("heading", { name: "Overview", exact: true }).waitFor();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
    await other.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await closePage(watched);
  });

  it("creates a tenant and a key that is shown once, adds credits, and lists the paid task", async () => {
    const watched = await open("#/tenants");
    const { page } = watched;
    await signInToConsole(page);
    await page.getByRole("button", { name: "New tenant", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Create tenant", exact: true }).click();
    await expect.poll(() => dialog.getByText("Must not be empty.", { exact: true }).count()).toBe(1);
    await dialog.getByLabel("Name", { exact: true }).fill("Acme Films");
    await dialog.getByRole("button", { name: "Create tenant", exact: true }).click();
    await page.getByRole("heading", { name: /^Acme Films/ }).waitFor();

    await page.getByRole("button", { name: "New key", exact: true }).click();
    await dialog.getByLabel("Name", { exact: true }).fill("production");
    await dialog.getByRole("button", { name: "Create key", exact: true }).click();
    const key = (await page.locator("[data-secret]").textContent()) ?? "";
    expect(key).toMatch(/^pdk_/);
    await dialog.getByRole("button", { name: "I have stored it", exact: true }).click();
    await expect.poll(() => dialog.count()).toBe(0);
    await page.getByText("production", { exact: true }).first().waitFor();
    await expect.poll(() => page.content()).not.toContain(key);
    await page.reload();
    await page.getByText("production", { exact: true }).first().waitFor();
    await expect.poll(() => page.content()).not.toContain(key);

    await page.getByRole("link", { name: "Credits", exact: true }).click();
    await page.getByRole("button", { name: "Add credits", exact: true }).click();
    await dialog.getByLabel("Credits", { exact: true }).fill("much");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await expect.poll(() => dialog.getByText("Must be an integer.", { exact: true }).count()).toBe(1);
    await dialog.getByLabel("Credits", { exact: true }).fill("1,750");
    await dialog.getByLabel("Note", { exact: true }).fill("first invoice");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("first invoice", { exact: true }).waitFor();
    await page.getByText("Balance 1,750 credits", { exact: true }).waitFor();

    const client = new GatewayClient(here.world.gateway.url, key);
    const { taskId } = await client.submit(IMAGE);
    await client.untilEnded(taskId);
    await page.getByRole("link", { name: "Tasks", exact: true }).click();
    await page.getByRole("row").filter({ hasText: "From a test" }).getByText("Completed", { exact: true }).waitFor();
    await closePage(watched);
  });

  it("suspends a tenant, and deletes it only after its name was typed", async () => {
    const { tenantId } = await here.world.operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", {
      name: "Short Lived",
    });
    const watched = await open(`#/tenants/${tenantId}/settings`);
    const { page } = watched;
    const dialog = page.getByRole("dialog");
    await signInToConsole(page);
    await page.getByRole("button", { name: "Suspend", exact: true }).click();
    await dialog.getByRole("button", { name: "Suspend", exact: true }).click();
    await page.getByText("Suspended", { exact: true }).waitFor();
    expect(await here.world.operator.call("GET", `/admin/v1/tenants/${tenantId}`)).toMatchObject({
      status: "suspended",
    });
    await page.getByRole("button", { name: "Activate", exact: true }).click();
    await page.getByText("Active", { exact: true }).waitFor();

    await page.getByRole("button", { name: "Delete tenant", exact: true }).click();
    await dialog.getByRole("textbox").fill("Short");
    await dialog.getByRole("button", { name: "Delete for ever", exact: true }).click();
    await dialog.getByText("Type Short Lived to confirm.", { exact: true }).waitFor();
    expect(await here.world.operator.call("GET", `/admin/v1/tenants/${tenantId}`)).toMatchObject({ tenantId });
    await dialog.getByRole("textbox").fill("Short Lived");
    await dialog.getByRole("button", { name: "Delete for ever", exact: true }).click();
    await page.getByRole("heading", { name: "Tenants", exact: true }).waitFor();
    await expect(here.world.operator.call("GET", `/admin/v1/tenants/${tenantId}`)).rejects.toThrow("40002");
    await closePage(watched);
  });

  it("saves settings, and shows an error beside its field", async () => {
    const { tenantId } = await here.world.operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", {
      name: "Settled",
    });
    const watched = await open(`#/tenants/${tenantId}/settings`);
    const { page } = watched;
    await signInToConsole(page);
    await page.getByLabel("Requests a minute", { exact: true }).fill("a lot");
    await page.getByRole("button", { name: "Save changes", exact: true }).click();
    await page.getByText("Must be an integer.", { exact: true }).waitFor();
    await page.getByLabel("Requests a minute", { exact: true }).fill("77");
    await page.getByLabel("Seedance 2.0", { exact: true }).uncheck();
    await page.getByRole("button", { name: "Save changes", exact: true }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    expect(await here.world.operator.call("GET", `/admin/v1/tenants/${tenantId}`)).toMatchObject({
      requestsPerMinute: 77,
      models: ["Imagen Nano Banana 2"],
    });
    await page.getByLabel("Imagen Nano Banana 2", { exact: true }).uncheck();
    await page.getByRole("button", { name: "Save changes", exact: true }).click();
    await page.getByText(/^Choose at least one model/).waitFor();
    expect(await here.world.operator.call("GET", `/admin/v1/tenants/${tenantId}`)).toMatchObject({
      models: ["Imagen Nano Banana 2"],
    });
    await closePage(watched);
  });

  it("saves what was changed alone: with the scopes for it, and beside what others changed meanwhile", async () => {
    const { tenantId } = await here.world.newTenant({ name: "Shared", requestsPerMinute: 50 });
    const { operatorId, token } = await here.world.operator.call<{ operatorId: string; token: string }>(
      "POST",
      "/admin/v1/operators",
      { name: "Tenants only", scopes: ["tenants"] },
    );
    const watched = await open();
    const { page } = watched;
    await signInToConsole(page, token);
    // The overview needs the scope read.
    await page.getByRole("heading", { name: "Tenants", exact: true }).waitFor();
    await goToHash(page, `/tenants/${tenantId}/settings`);
    await page.getByLabel("Note", { exact: true }).fill("moved to the new plan");
    await here.world.operator.call("PATCH", `/admin/v1/tenants/${tenantId}`, { requestsPerMinute: 99 });
    await page.getByRole("button", { name: "Save changes", exact: true }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    expect(await here.world.operator.call("GET", `/admin/v1/tenants/${tenantId}`)).toMatchObject({
      note: "moved to the new plan",
      requestsPerMinute: 99,
    });
    await here.world.operator.call("DELETE", `/admin/v1/operators/${operatorId}`);
    await closePage(watched);
  });

  it("changes the settings of a key that stays valid", async () => {
    const { tenantId, key } = await here.world.newTenant({ name: "Keyed" });
    const keys = `/admin/v1/tenants/${tenantId}/keys`;
    const expiresAt = "2099-01-02T03:04:05.678Z";
    const [{ keyId }] = (await here.world.operator.call<{ keys: [{ keyId: string }] }>("GET", keys)).keys;
    await here.world.operator.call("PATCH", `${keys}/${keyId}`, { expiresAt });
    const watched = await open(`#/tenants/${tenantId}/keys`);
    const { page } = watched;
    await signInToConsole(page);
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Edit first key", exact: true }).click();
    await dialog.getByLabel("Name", { exact: true }).fill("read only");
    await dialog.getByLabel("Generate", { exact: true }).uncheck();
    await dialog.getByLabel("Credits a month", { exact: true }).fill("-1");
    await dialog.getByRole("button", { name: "Save changes", exact: true }).click();
    await dialog.getByText("Must be at least 0.", { exact: true }).waitFor();
    await dialog.getByLabel("Credits a month", { exact: true }).fill("900");
    await dialog.getByRole("button", { name: "Save changes", exact: true }).click();
    await page.getByText("900 credits a month", { exact: true }).waitFor();
    const scopes = ["read", "files", "tokens", "webhooks"];
    expect((await here.world.operator.call<{ keys: unknown[] }>("GET", keys)).keys).toEqual([
      expect.objectContaining({ keyId, name: "read only", scopes, monthlyCredits: 900, expiresAt }),
    ]);
    const client = new GatewayClient(here.world.gateway.url, key);
    await expect(client.submit(IMAGE)).rejects.toThrow("20002");
    await closePage(watched);
  });

  it("sets a price for one tenant that its next task costs", async () => {
    const { tenantId, key } = await here.world.newTenant({ name: "Special" });
    const watched = await open(`#/tenants/${tenantId}/prices`);
    const { page } = watched;
    await signInToConsole(page);
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Image price", exact: true }).click();
    await dialog.getByLabel("Size", { exact: true }).selectOption("1K");
    await dialog.getByLabel("Credits", { exact: true }).fill("3");
    await dialog.getByRole("button", { name: "Add price", exact: true }).click();
    await page.getByText("size 1K", { exact: true }).waitFor();
    const client = new GatewayClient(here.world.gateway.url, key);
    expect((await client.submit(IMAGE)).estimatedCredits).toBe(3);
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await dialog.getByText(/changes the price for 1 tenant, Special,/).waitFor();
    expect(await here.world.operator.call("GET", `/admin/v1/tenants/${tenantId}`)).toMatchObject({
      prices: [{ credits: 3 }],
    });
    await dialog.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByText("No prices of its own", { exact: true }).waitFor();
    expect(await here.world.operator.call("GET", `/admin/v1/tenants/${tenantId}`)).toMatchObject({ prices: null });
    await closePage(watched);
  });

  it("asks before it removes a price for all tenants, and names how many it changes", async () => {
    await here.world.newTenant({ name: "Priced" });
    const prices = [{ model: IMAGE.model, credits: 4 }];
    await here.world.operator.call("PUT", "/admin/v1/prices", { prices });
    const watched = await open("#/prices");
    const { page } = watched;
    await signInToConsole(page);
    const { tenants } = await here.world.operator.call<{ tenants: { total: number } }>("GET", "/admin/v1/overview");
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await dialog.getByText(new RegExp(`changes the price for ${tenants.total} tenants?,`)).waitFor();
    await dialog.getByRole("button", { name: "Cancel", exact: true }).click();
    expect(await here.world.operator.call("GET", "/admin/v1/prices")).toMatchObject({ prices });
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await dialog.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByText("No prices of your own", { exact: true }).waitFor();
    // The button is gone: the keyboard is at the list's heading.
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Price list");
    await closePage(watched);
  });

  it("skips to the content on the same page, and has a title for each page", async () => {
    const watched = await open("#/audit");
    const { page } = watched;
    await signInToConsole(page);
    await expect.poll(() => page.title()).toBe("Audit log · Paddock console");
    await page.locator(".skip-link").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("content");
    expect(page.url()).toMatch(/#\/audit$/);
    await page.getByRole("link", { name: "Prices", exact: true }).click();
    await expect.poll(() => page.title()).toBe("Prices · Paddock console");
    await closePage(watched);
  });

  it("says on the sign-in page that plain http keeps no session", async () => {
    const watched = await open();
    const { page } = watched;
    const notice = page.getByText(/plain http/);
    await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
    expect(await notice.count()).toBe(0);
    await page.addInitScript(() => Object.defineProperty(window, "isSecureContext", { value: false }));
    await page.reload();
    await notice.waitFor();
    await closePage(watched);
  });

  it("adds credits where the browser has no randomUUID, as over plain http", async () => {
    const { tenantId } = await here.world.newTenant({ name: "Plain" });
    const watched = await open(`#/tenants/${tenantId}/credits`);
    const { page } = watched;
    await page.addInitScript(() => Reflect.deleteProperty(Crypto.prototype, "randomUUID"));
    await page.reload();
    await signInToConsole(page);
    await page.getByRole("button", { name: "Add credits", exact: true }).click();
    expect(await page.evaluate(() => typeof crypto.randomUUID)).toBe("undefined");
    await page.getByRole("dialog").getByLabel("Credits", { exact: true }).fill("20");
    await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText(/^Balance [\d,]*20 credits$/).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export CSV", exact: true }).click(),
    ]);
    const [start] = [readFileSync(await download.path()).subarray(0, 8)];
    expect([...start.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(start.subarray(3).toString()).toBe("entry");
    await closePage(watched);
  });

  it("finds a list as it was on going back: search, rows and place", async () => {
    // A name of its own each time, because a second try would find the tenants of the first as well.
    const listed = `Listed ${Date.now()}`;
    for (let index = 0; index < 60; index += 1)
      await here.world.operator.call("POST", "/admin/v1/tenants", { name: `${listed} ${index + 100}` });
    const watched = await open("#/tenants");
    const { page } = watched;
    await signInToConsole(page);
    await page.getByLabel("Search tenants", { exact: true }).fill(listed);
    await expect.poll(() => new URLSearchParams(page.url().split("?")[1]).get("q")).toBe(listed);
    await untilLoaded(page);
    const rows = page.locator("tbody tr");
    await expect.poll(() => rows.count()).toBe(50);
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await expect.poll(() => rows.count()).toBe(10);
    await page.getByRole("button", { name: "Previous", exact: true }).click();
    await expect.poll(() => rows.count()).toBe(50);
    const opened = rows.nth(45);
    const name = (await opened.locator("td").first().textContent()) ?? "";
    await opened.scrollIntoViewIfNeeded();
    const top = await page.evaluate(() => scrollY);
    expect(top).toBeGreaterThan(500);
    await expect.poll(() => page.evaluate(() => (history.state as { scroll?: number } | null)?.scroll)).toBe(top);
    await opened.getByRole("link").click();
    await page.getByRole("heading", { name: new RegExp(`^${name}`) }).waitFor();
    await page.goBack();
    await expect.poll(() => rows.count()).toBe(50);
    expect(await page.getByLabel("Search tenants", { exact: true }).inputValue()).toBe(listed);
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(top);
    await closePage(watched);
  });

  it("moves the keyboard to the next row when the opener's row is gone, and to the filters when their button is", async () => {
    for (const name of ["Row one", "Row two"])
      await here.world.operator.call("POST", "/admin/v1/operators", { name, scopes: ["read"] });
    const watched = await open("#/operators");
    const { page } = watched;
    await signInToConsole(page);
    const rows = page.locator("tbody tr");
    await rows.first().waitFor();
    const count = await rows.count();
    const first = (await rows.first().locator("b").textContent()) ?? "";
    await rows.first().getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await expect.poll(() => rows.count()).toBe(count - 1);
    const focused = () => page.evaluate(() => document.activeElement?.closest("tr")?.textContent ?? "");
    await expect.poll(focused).toContain("Delete");
    expect(await focused()).not.toContain(first);
    const { operators } = await here.world.operator.call<{ operators: { operatorId: string }[] }>(
      "GET",
      "/admin/v1/operators",
    );
    for (const { operatorId } of operators)
      await here.world.operator.call("DELETE", `/admin/v1/operators/${operatorId}`);
    await goToHash(page, "/audit?action=key.create");
    await page.getByRole("button", { name: "Clear filters", exact: true }).press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("SELECT");
    expect(page.url()).not.toContain("action=");
    await closePage(watched);
  });

  it("shows times in the browser's language and zone, and UTC on hover", async () => {
    const watched = await open("#/audit", { locale: "de-DE", timezoneId: "Asia/Tokyo" });
    const { page } = watched;
    await signInToConsole(page);
    const time = page.locator("time").first();
    expect(await time.textContent()).toMatch(/^\d{1,2}\. [A-ZÄ][a-zä]+\.? \d{4}, \d{1,2}:\d\d GMT\+9$/);
    expect(await time.getAttribute("title")).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    await closePage(watched);
  });

  it("shows every column at 820 px and every tab at 360 px", async () => {
    const { tenantId } = await here.world.newTenant({ name: "Narrow" });
    const wide = await open("#/tenants", { viewport: { width: 820, height: 720 } });
    await signInToConsole(wide.page);
    await wide.page.getByText("Narrow", { exact: true }).first().waitFor();
    const row = wide.page.getByRole("row").filter({ hasText: "Narrow" });
    for (const title of ["Status", "Billing", "Balance", "Running", "Created"])
      expect(await row.locator(`[data-title="${title}"]`).isVisible(), title).toBe(true);
    await closePage(wide);
    const narrow = await open(`#/tenants/${tenantId}`, { viewport: { width: 360, height: 720 } });
    await signInToConsole(narrow.page);
    const tabs = narrow.page.getByRole("navigation", { name: "Tenant", exact: true }).getByRole("link");
    await tabs.first().waitFor();
    const ends = await tabs.evaluateAll((links) => links.map((link) => link.getBoundingClientRect().right));
    expect(ends).toHaveLength(13);
    expect(Math.max(...ends)).toBeLessThanOrEqual(360);
    await expectNoSidewaysScroll(narrow.page);
    await closePage(narrow);
  });

  it("shows markup in a tenant's name as text", async () => {
    const name = `<img src=x onerror="document.title='broken'"><b>bold</b>`;
    const { tenantId } = await here.world.operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", { name });
    const watched = await open("#/tenants");
    await signInToConsole(watched.page);
    await watched.page.getByText(name, { exact: true }).click();
    await watched.page.getByRole("heading").filter({ hasText: name }).waitFor();
    expect(watched.page.url()).toContain(tenantId);
    expect(await watched.page.title()).toBe(`Summary · ${name} · Paddock console`);
    await closePage(watched);
  });

  it("works with the keyboard alone, and a dialog keeps and returns the focus", async () => {
    const watched = await open("#/tenants");
    const { page } = watched;
    await expect.poll(() => page.locator("#token").evaluate((input) => input === document.activeElement)).toBe(true);
    await page.keyboard.type(REQUIRED_SETTINGS.ADMIN_TOKEN);
    await page.keyboard.press("Enter");
    const create = page.getByRole("button", { name: "New tenant", exact: true });
    await create.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(
        () => document.activeElement?.closest("dialog") !== null || document.activeElement === document.body,
      );
      expect(inside).toBe(true);
    }
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await expect.poll(() => create.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.getByRole("link", { name: "Audit log", exact: true }).press("Enter");
    await page.getByRole("heading", { name: "Audit log", exact: true }).waitFor();
    await closePage(watched);
  });

  it("creates an operator, who sees only what its scopes allow, and signs out when its operator is deleted", async () => {
    const watched = await open();
    const { page } = watched;
    await signInToConsole(page);
    await page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
    await page.getByRole("link", { name: "Operators", exact: true }).click();
    await page.getByRole("button", { name: "New operator", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("Auditor");
    await dialog.getByRole("button", { name: "Create operator", exact: true }).click();
    const token = (await page.locator("[data-secret]").textContent()) ?? "";
    expect(token).toMatch(/^pdo_/);
    await dialog.getByRole("button", { name: "I have stored it", exact: true }).click();
    await page.getByRole("row").filter({ hasText: "Auditor" }).getByText("Active", { exact: true }).waitFor();

    const theirs = await open("#/tenants");
    await signInToConsole(theirs.page, token);
    await theirs.page.getByRole("button", { name: "New tenant", exact: true }).click();
    await theirs.page.getByRole("dialog").getByLabel("Name", { exact: true }).fill("x");
    await theirs.page.getByRole("button", { name: "Create tenant", exact: true }).click();
    await theirs.page.getByText(/needs the scope/).waitFor();

    await page
      .getByRole("row")
      .filter({ hasText: "Auditor" })
      .getByRole("button", { name: "Delete", exact: true })
      .click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("No operators yet", { exact: true }).waitFor();
    await theirs.page.keyboard.press("Escape");
    await expect
      .poll(async () => {
        await goToHash(theirs.page, "/audit");
        await goToHash(theirs.page, "/tenants");
        return theirs.page.getByText("You are signed out. Sign in again.", { exact: true }).count();
      })
      .toBe(1);
    await closePage(theirs);
    await closePage(watched);
  });

  it("leads from the overview's waiting work to the tenants that have it", async () => {
    await here.world.newTenant();
    const watched = await open();
    const { page } = watched;
    // Work that waits until the test has seen it would have to fail for minutes.
    await page.route("**/admin/v1/overview?*", async (route) => {
      const response = await route.fetch();
      const body = await response.json();
      await route.fulfill({ json: { ...body, data: { ...body.data, copiesWaiting: 3, deliveriesWaiting: 1_200 } } });
    });
    await signInToConsole(page);
    for (const [name, number, chosen] of [
      ["Files being copied", "3", "copies"],
      ["Webhooks waiting", "1,200", "deliveries"],
    ] as const) {
      const line = page.getByRole("listitem").filter({ hasText: name });
      await line.getByRole("link", { name: number, exact: true }).click();
      await page.getByRole("heading", { name: "Tenants", exact: true }).waitFor();
      await expect
        .poll(() => page.getByLabel("Waiting work", { exact: true }).inputValue(), { timeout: 10_000 })
        .toBe(chosen);
      await untilLoaded(page);
      await page.goBack();
    }
    await closePage(watched);
    // On a phone, a title of two lines must not be written over its number.
    const phone = await open("#/tenants", { viewport: { width: 360, height: 720 } });
    await signInToConsole(phone.page);
    await phone.page.locator("td.numeric").first().waitFor();
    const titles = await phone.page
      .locator("td.numeric")
      .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell, "::before").whiteSpace));
    expect(new Set(titles)).toEqual(new Set(["normal"]));
    await closePage(phone);
  });

  it("sends one request per click after repeated sign-ins, and none while signed out", async () => {
    const watched = await open();
    const { page } = watched;
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/admin/v1/")) asked.push(request.url());
    });
    for (let round = 0; round < 3; round += 1) {
      await signInToConsole(page);
      await page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
    }
    asked.length = 0;
    await page.evaluate(() => {
      location.hash = "/audit";
    });
    await signInToConsole(page, "not the token €");
    await page.getByText("That is not this gateway's operator token.", { exact: true }).waitFor();
    expect(asked).toEqual([]);
    await signInToConsole(page);
    await page.getByRole("heading", { name: "Audit log", exact: true }).waitFor();
    asked.length = 0;
    await page.getByRole("link", { name: "Prices", exact: true }).click();
    await page.getByRole("heading", { name: "Prices", exact: true }).waitFor();
    await untilLoaded(page);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked).toEqual([...new Set(asked)]);
    await closePage(watched);
  });

  it("shows a long balance whole, and long names without pushing anything out of sight", async () => {
    const { tenantId } = await here.world.operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", {
      name: " Blank on both sides ",
      billing: "prepaid",
    });
    const path = `/admin/v1/tenants/${tenantId}`;
    await here.world.operator.call("POST", `${path}/credits`, { credits: 140_461_217_000, note: "n".repeat(300) });
    await here.world.operator.call("POST", `${path}/keys`, { name: "k".repeat(200) });
    // One session: an operator signs in at most 20 times a minute.
    const watched = await open(`#/tenants/${tenantId}`);
    const { page } = watched;
    await signInToConsole(page);
    for (const width of [375, 768, 1280]) {
      await page.setViewportSize({ width, height: 720 });
      await goToHash(page, `/tenants/${tenantId}`);
      const balance = page.locator(".stat dd").filter({ hasText: "140,461,217,000" });
      await balance.waitFor();
      expect(await balance.evaluate((shown) => shown.scrollWidth - shown.clientWidth)).toBeLessThanOrEqual(0);
      for (const tab of ["keys", "credits"]) {
        await goToHash(page, `/tenants/${tenantId}/${tab}`);
        await expectNoSidewaysScroll(page);
        const hidden = page.locator(".table-scroll").evaluate((table) => table.scrollWidth - table.clientWidth);
        expect(await hidden).toBeLessThanOrEqual(width < 1_000 ? 400 : 0);
      }
    }
    await goToHash(page, `/tenants/${tenantId}/settings`);
    await page.getByRole("button", { name: "Delete tenant", exact: true }).click();
    // The keyboard is in the dialog's field.
    await page.keyboard.type("Blank on both sides");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Tenants", exact: true }).waitFor();
    await closePage(watched);
  });

  it("fits a phone, in light and dark", async () => {
    const [tenant] = (await here.world.operator.call<{ tenants: { tenantId: string }[] }>("GET", "/admin/v1/tenants"))
      .tenants;
    const tabs = [
      "summary",
      "keys",
      "credits",
      "tasks",
      "usage",
      "webhooks",
      "end-users",
      "people",
      "playground",
      "settings",
      "activity",
    ];
    const paths = [
      "/",
      "/tenants",
      "/prices",
      "/operators",
      "/webhook",
      "/branding",
      "/audit",
      ...tabs.map((tab) => `/tenants/${tenant?.tenantId}/${tab}`),
    ];
    for (const colorScheme of ["light", "dark"] as const) {
      const watched = await open("", { viewport: { width: 375, height: 720 }, colorScheme });
      const { page } = watched;
      await signInToConsole(page);
      for (const path of paths) {
        await goToHash(page, path);
        await expectNoSidewaysScroll(page);
      }
      await closePage(watched);
    }
  });
});
