/** Stories about money: what a tenant owes, and a deployment's first day. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import { closePage, expectNoSidewaysScroll, openPage, signInToConsole, untilLoaded } from "../support/node/pages.ts";

const IMAGE = { model: "Imagen Nano Banana 2", taskName: "Paid", type: "txt", prompt: "a kitten", size: "1K" };

describeInBrowser("money in the pages", () => {
  const here = startWithBrowser({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });

  it("lead from an empty deployment to its first image, step by step, and the steps end by themselves", async () => {
    const watched = await openPage(here.browser, `${here.world.gateway.url}/console`);
    const { page } = watched;
    await signInToConsole(page);
    const step = (text: string) => page.locator('li[aria-current="step"]').filter({ hasText: text });
    await step("Create the first tenant").getByRole("button", { name: "New tenant", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("Day One");
    await dialog.getByRole("button", { name: "Create tenant", exact: true }).click();
    await page.getByRole("heading", { name: /^Day One/ }).waitFor();
    await page.getByRole("button", { name: "New key", exact: true }).click();
    await dialog.getByLabel("Name", { exact: true }).fill("production");
    await dialog.getByRole("button", { name: "Create key", exact: true }).click();
    const key = (await page.locator("[data-secret]").textContent()) ?? "";
    await dialog.getByRole("button", { name: "I have stored it", exact: true }).click();
    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await step("Add credits").getByRole("link").click();
    await page.getByRole("button", { name: "Add credits", exact: true }).click();
    await dialog.getByLabel("Credits", { exact: true }).fill("100");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("Balance 100 credits", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Portal link", exact: true }).click();
    await dialog.getByRole("button", { name: "Done", exact: true }).click();
    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await step("Complete the first task").waitFor();
    const client = new GatewayClient(here.world.gateway.url, key);
    await client.untilEnded((await client.submit(IMAGE)).taskId);
    // The tenant reports within a minute.
    await expect
      .poll(
        async () => {
          await page.reload();
          await page.getByRole("heading", { name: "Health", exact: true }).waitFor();
          await untilLoaded(page);
          return page.getByRole("heading", { name: "First steps", exact: true }).count();
        },
        { timeout: 100_000, interval: 5_000 },
      )
      .toBe(0);
    await closePage(watched);
  }, 150_000);

  it("answer what a tenant owes this month in two clicks, on a phone too, as a page to print and a file", async () => {
    const { tenantId, key } = await here.world.newTenant({
      name: "Owing",
      prices: [{ model: IMAGE.model, credits: 7 }],
    });
    await here.world.operator.call("POST", `/admin/v1/tenants/${tenantId}/credits`, {
      credits: 100,
      note: "Invoice 12",
    });
    const client = new GatewayClient(here.world.gateway.url, key);
    for (const prompt of ["a kitten", "[[sim: fail]] a kitten"])
      await client.untilEnded((await client.submit({ ...IMAGE, prompt })).taskId);
    const { url } = await here.world.operator.call<{ url: string }>(
      "POST",
      `/admin/v1/tenants/${tenantId}/portal-links`,
    );
    const watched = await openPage(here.browser, url, { viewport: { width: 360, height: 740 } });
    const { page } = watched;
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await page.getByRole("link", { name: "Statement", exact: true }).click();
    const sum = (name: string) =>
      page
        .locator(".statement-sums > div")
        .filter({ hasText: new RegExp(`^${name}`) })
        .locator("dd")
        .textContent();
    await expect.poll(() => sum("Closing balance")).toBe("93");
    expect(await sum("Opening balance")).toBe("0");
    expect(await sum("Charges")).toBe("−7");
    expect(await sum("Credits")).toBe("+100");
    await page.getByText("Invoice 12", { exact: true }).waitFor();
    await expectNoSidewaysScroll(page);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export CSV", exact: true }).click(),
    ]);
    expect(readFileSync(await download.path(), "utf8")).toMatch(/closing balance,[^\n]*,93,/);
    await page.getByRole("button", { name: "Previous month", exact: true }).press("Enter");
    await page.getByRole("button", { name: "Next month", exact: true }).press("Enter");
    // "Next month" is disabled again, so the keyboard goes to the field beside it.
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("type"))).toBe("month");
    await expect.poll(() => sum("Closing balance")).toBe("93");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".bar").isVisible()).toBe(false);
    expect(await page.locator(".statement").isVisible()).toBe(true);
    await closePage(watched);
  });

  it("show a changed price and its margin before it is saved, and how far the change has come", async () => {
    await here.world.operator.call("PUT", "/admin/v1/prices", { prices: [{ model: IMAGE.model, credits: 8 }] });
    const watched = await openPage(here.browser, `${here.world.gateway.url}/console#/prices`);
    const { page } = watched;
    await signInToConsole(page);
    const field = page.getByLabel(`Credits for ${IMAGE.model}, any values`, { exact: true });
    await field.fill("9.5");
    await page.getByRole("button", { name: "Review 1 change", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Save prices", exact: true }).click();
    await dialog.getByText(/must be an integer/i).waitFor();
    await dialog.getByRole("button", { name: "Cancel", exact: true }).click();
    await field.fill("12");
    await page.getByRole("button", { name: "Review 1 change", exact: true }).click();
    await dialog.getByRole("cell", { name: "12", exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Save prices", exact: true }).click();
    await expect
      .poll(() => here.world.operator.call("GET", "/admin/v1/prices"))
      .toMatchObject({ prices: [{ credits: 12 }] });
    await page.getByText(/have the present list\.|has the present list\./).waitFor();
    await here.world.operator.call("PUT", "/admin/v1/prices", { prices: [] });
    await closePage(watched);
  });
});
