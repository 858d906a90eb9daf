import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import { closePage, expectNoSidewaysScroll, goToHash, openPage, type WatchedPage } from "../support/node/pages.ts";

const IMAGES = {
  model: "Imagen Nano Banana 2",
  taskName: "Two cats",
  type: "txt",
  prompt: "two cats",
  imageCount: 2,
  size: "1K",
};
const VIDEO = {
  model: "Seedance 2.0",
  taskName: "A street",
  type: "img_txt",
  prompt: "a street at night",
  durationSeconds: 4,
  resolution: "720p",
};

describeInBrowser("a tenant's portal", () => {
  const here = startWithBrowser({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });

  async function newTenant(name: string): Promise<{ tenantId: string; client: GatewayClient }> {
    const settings = { name, billing: "prepaid", requestsPerMinute: 10_000 };
    const { tenantId } = await here.world.operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", settings);
    await here.world.operator.call("POST", `/admin/v1/tenants/${tenantId}/credits`, { credits: 500, note: "start" });
    const { key } = await here.world.operator.call<{ key: string }>("POST", `/admin/v1/tenants/${tenantId}/keys`, {
      name: "first",
    });
    return { tenantId, client: new GatewayClient(here.world.gateway.url, key) };
  }

  async function newLink(tenantId: string): Promise<string> {
    return (await here.world.operator.call<{ url: string }>("POST", `/admin/v1/tenants/${tenantId}/portal-links`)).url;
  }

  async function signIn(tenantId: string, options = {}): Promise<WatchedPage> {
    const watched = await openPage(here.browser, await newLink(tenantId), options);
    await watched.page.getByRole("button", { name: "Continue", exact: true }).click();
    await watched.page.getByText("Balance", { exact: true }).first().waitFor();
    return watched;
  }

  const go = (page: Page, name: string) =>
    page.getByRole("navigation").getByRole("link", { name, exact: true }).click();

  it("opens by a link once, removes the code from the URL and sets an HttpOnly cookie", async () => {
    const { tenantId } = await newTenant("Acme Films");
    const link = await newLink(tenantId);
    await fetch(link); // a preview
    const watched = await openPage(here.browser, link);
    const { page } = watched;
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await page.getByRole("heading", { name: "Acme Films", exact: true }).waitFor();
    expect(page.url()).toBe(`${here.world.gateway.url}/portal/t/${tenantId}`);
    const [cookie, ...others] = await page.context().cookies(`${page.url()}/api`);
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    expect(await page.evaluate(() => document.cookie)).toBe("");
    await page.reload();
    await page.getByRole("heading", { name: "Acme Films", exact: true }).waitFor();
    await closePage(watched);
    const again = await openPage(here.browser, link);
    await again.page.getByRole("button", { name: "Continue", exact: true }).click();
    await again.page.getByText("This link has expired", { exact: true }).waitFor();
    await closePage(again);
  });

  it("lives beside another tenant's in one here.browser, and each tab acts on its own tenant", async () => {
    const [mine, theirs] = [await newTenant("Acme Films"), await newTenant("Blue Studio")];
    const watched = await signIn(mine.tenantId);
    const { page } = watched;
    const other = await page.context().newPage();
    await other.goto(await newLink(theirs.tenantId));
    await other.getByRole("button", { name: "Continue", exact: true }).click();
    await other.getByRole("heading", { name: "Blue Studio", exact: true }).waitFor();
    await go(page, "Keys");
    await page.getByRole("button", { name: "Revoke first", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("Revoked", { exact: true }).waitFor();
    await expect(mine.client.call("GET", "/api/v1/account")).rejects.toThrow("20008");
    expect(await theirs.client.call("GET", "/api/v1/account")).toMatchObject({ name: "Blue Studio" });
    const third = await page.context().newPage();
    await third.goto(`${here.world.gateway.url}/portal`);
    await third.getByRole("link", { name: "Blue Studio", exact: true }).click();
    await third.getByRole("heading", { name: "Blue Studio", exact: true }).waitFor();
    await other.getByRole("button", { name: "Sign out", exact: true }).click();
    await other.getByRole("heading", { name: "You are signed out", exact: true }).waitFor();
    await third.goto(`${here.world.gateway.url}/portal`);
    await third.getByRole("heading", { name: "Acme Films", exact: true }).waitFor();
    await closePage(watched);
  });

  it("shows the reason when its session belongs to another tenant", async () => {
    const [mine, theirs] = [await newTenant("Mine"), await newTenant("Theirs")];
    const watched = await signIn(mine.tenantId);
    const { page } = watched;
    const [cookie] = await page.context().cookies(page.url());
    if (!cookie) throw new Error("no cookie");
    const name = cookie.name.replace(mine.tenantId, theirs.tenantId);
    await page.context().addCookies([{ ...cookie, name }]);
    await page.goto(`${here.world.gateway.url}/portal/t/${theirs.tenantId}`);
    await page.getByRole("alert").filter({ hasText: "belong to different tenants" }).waitFor();
    expect(await page.getByText("Balance", { exact: true }).count()).toBe(0);
    await closePage(watched);
  });

  it("keeps the filter of a list on going back, by the browser and by the page's own link", async () => {
    const { tenantId, client } = await newTenant("Returner");
    await client.untilEnded((await client.submit(IMAGES)).taskId);
    const watched = await signIn(tenantId);
    const { page } = watched;
    const status = page.getByLabel("Status", { exact: true });
    await go(page, "Tasks");
    await status.selectOption("Completed");
    await expect.poll(() => page.url()).toContain("status=2");
    for (const back of ["browser", "page"]) {
      await page.getByText("Two cats", { exact: true }).click();
      await page.getByRole("heading", { name: /^Two cats/ }).waitFor();
      await expect.poll(() => page.title()).toBe("Two cats · Returner · Paddock portal");
      if (back === "browser") await page.goBack();
      else await page.getByRole("main").getByRole("link", { name: "Tasks", exact: true }).click();
      await expect.poll(() => page.url()).toContain("status=2");
      expect(await status.inputValue()).toBe("2");
    }
    await closePage(watched);
  });

  it("shows a task's images, video, downloads and request", async () => {
    const { tenantId, client } = await newTenant("Studio");
    for (const body of [IMAGES, VIDEO]) await client.untilEnded((await client.submit(body)).taskId);
    const watched = await signIn(tenantId);
    const { page } = watched;
    await go(page, "Tasks");
    const picture = page.getByAltText("two cats", { exact: true });
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    const clip = page.locator("video");
    await expect
      .poll(() => clip.evaluate((video: HTMLVideoElement) => video.videoWidth || video.readyState))
      .toBeGreaterThan(0);
    await page.getByText("Two cats", { exact: true }).click();
    await page.getByRole("heading", { name: /^Two cats/ }).waitFor();
    expect(await page.locator(".result img").count()).toBe(2);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download", exact: true }).first().click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/-1\.png$/);
    await go(page, "Credits");
    await page.getByText("start", { exact: true }).waitFor();
    await go(page, "Usage");
    await page.getByLabel("Sums", { exact: true }).selectOption("model");
    await page.getByRole("cell", { name: "Seedance 2.0", exact: true }).waitFor();
    await closePage(watched);
  });

  it("follows a running task without blanking the page", async () => {
    const { tenantId, client } = await newTenant("Follower");
    const { taskId } = await client.submit({ ...IMAGES, prompt: "[[sim: delayMs=200000]] two cats" });
    const watched = await signIn(tenantId);
    const { page } = watched;
    await goToHash(page, `/tasks/${taskId}`);
    await page.getByText("This page looks again by itself.", { exact: false }).waitFor();
    await page.evaluate(() => {
      const content = document.getElementById("content");
      if (!content) throw new Error("no content");
      let blanks = 0;
      new MutationObserver(() => {
        if (content.querySelector("[aria-busy], .spinner") || !content.querySelector("h1")) blanks += 1;
        document.documentElement.dataset.blanks = String(blanks);
      }).observe(content, { childList: true, subtree: true });
    });
    let asked = 0;
    page.on("request", (request) => {
      if (request.url().endsWith(`/tasks/${taskId}/story`)) asked += 1;
    });
    await expect.poll(() => asked).toBeGreaterThanOrEqual(2);
    expect(await page.evaluate(() => Number(document.documentElement.dataset.blanks ?? 0))).toBe(0);
    await closePage(watched);
  });

  it("tells failed tasks from completed ones without colours", async () => {
    const { tenantId, client } = await newTenant("Colourless");
    const failed = { ...IMAGES, prompt: "[[sim: fail]] two cats" };
    for (const body of [failed, IMAGES]) await client.untilEnded((await client.submit(body)).taskId);
    const watched = await signIn(tenantId);
    const { page } = watched;
    await go(page, "Usage");
    const bars = page.locator("rect.chart-bar:not([height='0'])");
    await bars.first().waitFor({ state: "attached" });
    const fills = await bars.evaluateAll((all) => all.map((bar) => bar.getAttribute("fill") ?? ""));
    expect(new Set(fills).size).toBe(2);
    for (const fill of fills) expect(await page.locator(fill.slice(4, -1)).count()).toBe(1);
    // The keyboard goes from day to day, and a day leads to its models.
    await page.locator(".chart-day").last().focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).toContain("groupBy=model");
    await closePage(watched);
  });

  it("shows a failed task as not charged", async () => {
    const { tenantId, client } = await newTenant("Unlucky");
    const failed = { ...IMAGES, taskName: "In vain", prompt: "[[sim: fail]] two cats" };
    for (const body of [failed, IMAGES]) await client.untilEnded((await client.submit(body)).taskId);
    const watched = await signIn(tenantId);
    const { page } = watched;
    await go(page, "Tasks");
    await page
      .getByRole("listitem")
      .filter({ hasText: "In vain" })
      .getByText(/ · not charged$/)
      .waitFor();
    await page
      .getByRole("listitem")
      .filter({ hasText: "Two cats" })
      .getByText(/ · \d+ credits$/)
      .waitFor();
    await page.getByText("In vain", { exact: true }).click();
    await page.getByRole("heading", { name: /^In vain/ }).waitFor();
    await page.getByText("not charged", { exact: true }).waitFor();
    await closePage(watched);
  });

  it("creates a key that is shown once and works until it is revoked", async () => {
    const { tenantId } = await newTenant("Key Holder");
    const watched = await signIn(tenantId);
    const { page } = watched;
    await go(page, "Keys");
    await page.getByRole("button", { name: "New key", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("laptop");
    await dialog.getByRole("button", { name: "Create key", exact: true }).click();
    const key = (await page.locator("[data-secret]").textContent()) ?? "";
    for (const press of ["Escape", "Escape", "Close"]) {
      if (press === "Close") await dialog.getByRole("button", { name: "Close", exact: true }).click();
      else await page.keyboard.press(press);
      expect(await dialog.locator("[data-secret]").isVisible()).toBe(true);
    }
    await page.mouse.click(5, 5);
    expect(await dialog.locator("[data-secret]").isVisible()).toBe(true);
    const asked = page.waitForEvent("dialog");
    const reload = page.evaluate(() => location.reload());
    const question = await asked;
    expect(question.type()).toBe("beforeunload");
    await question.dismiss();
    await reload;
    expect(await dialog.locator("[data-secret]").textContent()).toBe(key);
    await dialog.getByRole("button", { name: "I have stored it", exact: true }).click();
    await expect.poll(() => dialog.count()).toBe(0);
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await expect.poll(focused).toBe("New key");
    const client = new GatewayClient(here.world.gateway.url, key);
    expect(await client.call("GET", "/api/v1/account")).toMatchObject({ name: "Key Holder" });
    await page.reload();
    await page.getByText("laptop", { exact: true }).waitFor();
    expect(await page.content()).not.toContain(key);
    await page.getByRole("button", { name: "Revoke laptop", exact: true }).click();
    await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("Revoked", { exact: true }).waitFor();
    await expect(client.submit(IMAGES)).rejects.toThrow("20008");
    await closePage(watched);
  });

  it("sets a webhook, shows its secret once and shows the result of a test", async () => {
    const { tenantId } = await newTenant("Listener");
    const watched = await signIn(tenantId);
    const { page } = watched;
    await go(page, "Webhook");
    await page.getByRole("button", { name: "Set an endpoint", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("URL", { exact: true }).fill("nonsense");
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await expect.poll(() => dialog.locator("[aria-invalid]").count()).toBe(1);
    await dialog.getByLabel("URL", { exact: true }).fill("http://127.0.0.1:9/hook");
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await expect.poll(() => page.locator("[data-secret]").textContent()).toMatch(/^whsec_/);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await dialog.getByRole("button", { name: "Copy", exact: true }).click();
    await dialog.locator("[data-secret]").waitFor();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^whsec_/);
    await dialog.getByRole("button", { name: "Close", exact: true }).click();
    await expect.poll(() => dialog.count()).toBe(0);
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await dialog.getByText(/^There was no response: /).waitFor();
    await dialog.getByRole("button", { name: "Done", exact: true }).click();
    await closePage(watched);
  });

  it("is read-only for a suspended tenant", async () => {
    const { tenantId } = await newTenant("Paused");
    await here.world.operator.call("PATCH", `/admin/v1/tenants/${tenantId}`, { status: "suspended" });
    const watched = await signIn(tenantId);
    const { page } = watched;
    await page.getByText(/^This account is suspended: /).waitFor();
    await go(page, "Keys");
    await page.getByText("first", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: /New key|Rotate|Revoke/ }).count()).toBe(0);
    await closePage(watched);
  });

  it("signs out in every tab", async () => {
    const { tenantId } = await newTenant("Leaver");
    const watched = await signIn(tenantId);
    const { page } = watched;
    const other = await page.context().newPage();
    await other.goto(`${page.url()}#/keys`);
    await other.getByRole("heading", { name: "Keys", exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "You are signed out", exact: true }).waitFor();
    // Without a call of its own.
    await other.getByRole("heading", { name: "You are signed out", exact: true }).waitFor();
    const tab = await page.context().newPage();
    await tab.goto(`${here.world.gateway.url}/portal`);
    await tab.getByRole("heading", { name: "Sign in to your portal", exact: true }).waitFor();
    await closePage(watched);
  });

  it("fits a phone, in light and dark", async () => {
    const { tenantId, client } = await newTenant("A tenant with quite a long name, as some companies have");
    await client.untilEnded((await client.submit(IMAGES)).taskId);
    for (const colorScheme of ["light", "dark"] as const) {
      const watched = await signIn(tenantId, { viewport: { width: 375, height: 720 }, colorScheme });
      const { page } = watched;
      for (const path of ["/", "/tasks", "/usage", "/credits", "/keys", "/webhook", "/end-users", "/people"]) {
        await goToHash(page, path);
        await expectNoSidewaysScroll(page);
      }
      await closePage(watched);
    }
  });

  it("shows the tenant's whole name, the way back and whole times on the narrowest phone", async () => {
    const name = "A tenant with quite a long name, as some companies have";
    const { tenantId, client } = await newTenant(name);
    await client.untilEnded((await client.submit(IMAGES)).taskId);
    const { url } = await here.world.operator.call<{ url: string }>(
      "POST",
      `/admin/v1/tenants/${tenantId}/portal-links`,
      {
        returnUrl: "https://shop.example/account",
      },
    );
    const watched = await openPage(here.browser, url, {
      viewport: { width: 360, height: 720 },
      timezoneId: "Asia/Shanghai",
    });
    const { page } = watched;
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    const shown = page.getByRole("banner").getByText(name, { exact: true });
    await shown.waitFor();
    expect(await shown.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
    expect(await page.getByRole("link", { name: "Back", exact: true }).isVisible()).toBe(true);
    await goToHash(page, "/keys");
    await page.getByRole("button", { name: "New key", exact: true }).click();
    const kind = page.getByRole("dialog").getByLabel("Kind", { exact: true });
    // The sign of a select takes about 20 px beside its text.
    const room = await kind.evaluate((one: HTMLSelectElement) => {
      const { fontWeight, fontSize, fontFamily, paddingLeft, paddingRight } = getComputedStyle(one);
      const canvas = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
      canvas.font = `${fontWeight} ${fontSize} ${fontFamily}`;
      const text = canvas.measureText(one.selectedOptions[0]?.text ?? "").width;
      return one.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - 20 - text;
    });
    expect(room).toBeGreaterThan(0);
    await page.keyboard.press("Escape");
    await goToHash(page, "/credits");
    const times = page.locator(".table-scroll time");
    await times.first().waitFor();
    const beyond = await times.evaluateAll((all) =>
      all.map((one) => one.getBoundingClientRect().right - (one.closest("td")?.getBoundingClientRect().right ?? 0)),
    );
    expect(Math.max(...beyond)).toBeLessThanOrEqual(1);
    await expectNoSidewaysScroll(page);
    await closePage(watched);
  });
});
