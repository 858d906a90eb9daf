/** Stories of people in real Chromium: a way back into the portal, a webhook that does not arrive, the brand, end users. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import { closePage, expectNoSidewaysScroll, goToHash, openPage, signInToConsole } from "../support/node/pages.ts";
import { startWebhookReceiver } from "../support/node/webhook-receiver.ts";

const IMAGE = {
  model: "Imagen Nano Banana 2",
  taskName: "A cat",
  type: "txt",
  prompt: "a cat",
  imageCount: 1,
  size: "1K",
};
/** A PNG of one pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

describeInBrowser("people", () => {
  const here = startWithBrowser({ ALLOW_PRIVATE_URLS: "true", WEBHOOK_RETRY_SECONDS: "0.2,0.2" }, { speed: 20 });
  let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;
  beforeAll(async () => {
    receiver = await startWebhookReceiver();
  });
  afterAll(async () => {
    await receiver?.close();
  });

  interface Tenant {
    readonly tenantId: string;
    readonly keyId: string;
    readonly key: string;
    readonly client: GatewayClient;
  }
  async function newTenant(name: string, key: object = {}): Promise<Tenant> {
    const { tenantId } = await here.world.operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", { name });
    const made = await here.world.operator.call<{ key: string; keyId: string }>(
      "POST",
      `/admin/v1/tenants/${tenantId}/keys`,
      { name: "desk", ...key },
    );
    return { tenantId, ...made, client: new GatewayClient(here.world.gateway.url, made.key) };
  }
  const withPortal = { scopes: ["generate", "read", "tokens", "webhooks", "portal"] };
  const url = (path: string) => here.world.gateway.url + path;
  const signInByKey = async (page: Page, key: string) => {
    await page.getByLabel("Secret key", { exact: true }).fill(key);
    await page.getByRole("button", { name: "Sign in with a key", exact: true }).click();
  };
  const openConsole = async (hash: string) => {
    const watched = await openPage(here.browser, url(`/console${hash}`));
    await signInToConsole(watched.page);
    return watched;
  };

  it("signs a person in at /portal by a key with the scope, names the scope otherwise, and out with the key", async () => {
    const without = await newTenant("Without");
    const tenant = await newTenant("Acme Films", withPortal);
    const watched = await openPage(here.browser, url("/portal"));
    const { page } = watched;
    await page.getByRole("heading", { name: "Sign in to your portal", exact: true }).waitFor();
    await signInByKey(page, without.key);
    await page.getByText(/lacks the scope `portal`/).waitFor();
    await signInByKey(page, "sh-something");
    await page.getByText(/not a key of this service/).waitFor();
    await signInByKey(page, tenant.key);
    await page.getByRole("heading", { name: "Acme Films", exact: true }).waitFor();
    expect(page.url()).toBe(url(`/portal/t/${tenant.tenantId}`));
    expect(page.url()).not.toContain(tenant.key);
    await goToHash(page, "/people");
    await page.getByRole("row").filter({ hasText: "key desk" }).getByText("You", { exact: true }).waitFor();
    // The key has leaked: it is rotated, and nobody stays signed in with it.
    await here.world.operator.call("POST", `/admin/v1/tenants/${tenant.tenantId}/keys/${tenant.keyId}/rotate`, {
      overlapSeconds: 0,
    });
    await goToHash(page, "/keys");
    await page.getByRole("heading", { name: "You are signed out", exact: true }).waitFor();
    await signInByKey(page, tenant.key);
    await page.getByText(/revoked/).waitFor();
    await closePage(watched);
  });

  it("shows why a webhook does not arrive, and sends what failed again", async () => {
    const { tenantId, client, key } = await newTenant("Listener", withPortal);
    const inbox = `${receiver.url}/inbox/${tenantId}`;
    const reply = (status: number, body: string) =>
      fetch(inbox, { method: "POST", body: JSON.stringify([{ status, body }]) });
    await reply(500, "out of order");
    await client.call("PUT", "/api/v1/webhook", { url: `${receiver.url}/hooks/${tenantId}` });
    const { taskId } = await client.submit(IMAGE);
    await client.untilEnded(taskId);
    await expect
      .poll(async () => (await client.call<{ failing: boolean }>("GET", "/api/v1/webhook")).failing, {
        timeout: 20_000,
      })
      .toBe(true);
    await expect
      .poll(
        async () =>
          (await client.call<{ deliveries: object[] }>("GET", "/api/v1/deliveries?state=failed")).deliveries.length,
        { timeout: 20_000 },
      )
      .toBe(1);

    const console = await openConsole(`#/tenants/${tenantId}/webhooks`);
    await console.page.getByText(/^The webhook endpoint fails/).waitFor();
    await console.page
      .getByRole("row")
      .filter({ hasText: "task.completed" })
      .getByText("500", { exact: true })
      .waitFor();
    await closePage(console);

    const watched = await openPage(here.browser, url("/portal"));
    const { page } = watched;
    await signInByKey(page, key);
    await page.getByText(/^The webhook endpoint fails/).waitFor();
    await page.getByRole("link", { name: "See the deliveries", exact: true }).click();
    const row = page.getByRole("row").filter({ hasText: "task.completed" });
    await row.getByText("Failed", { exact: true }).waitFor();
    await row.getByRole("button", { name: /^Bodies/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("out of order", { exact: true }).first().waitFor();
    await dialog.getByText(new RegExp(`"taskId": ${taskId}`)).waitFor();
    await dialog.getByRole("button", { name: "Close", exact: true }).click();
    await reply(200, "thanks");
    await page.getByRole("button", { name: "Resend all failed", exact: true }).click();
    await page.getByText("1 event is sent again", { exact: true }).waitFor();
    await expect
      .poll(
        async () => {
          await page.getByRole("button", { name: "Refresh", exact: true }).click();
          return row.getByText("Delivered", { exact: true }).count();
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    await page.reload();
    await row.getByText("Delivered", { exact: true }).waitFor();
    expect(await page.getByText(/^The webhook endpoint fails/).count()).toBe(0);
    await closePage(watched);
  });

  it("shows the brand in the portal and in the tenant's documentation", async () => {
    const watched = await openConsole("#/branding");
    const { page } = watched;
    await page.getByLabel("Name", { exact: true }).fill("Acme Studio");
    await page.getByLabel("Colour", { exact: true }).fill("purple");
    await page.getByRole("button", { name: "Save changes", exact: true }).click();
    await page.getByText("Must be #rgb or #rrggbb.", { exact: true }).waitFor();
    await page.getByLabel("Colour", { exact: true }).fill("#7a2fc0");
    await page.getByLabel("Support address", { exact: true }).fill("https://acme.example/help");
    await page.getByRole("button", { name: "Save changes", exact: true }).click();
    await page.getByText(/^The brand is saved/).waitFor();
    await page.getByLabel("Image file", { exact: true }).setInputFiles({
      name: "logo.png",
      mimeType: "image/png",
      buffer: Buffer.from(PNG, "base64"),
    });
    await page.getByRole("button", { name: "Upload", exact: true }).click();
    await page.getByRole("img", { name: "The present logo", exact: true }).waitFor();

    for (const path of ["/portal", "/docs", "/"]) {
      const shown = await openPage(here.browser, url(path));
      await shown.page
        .getByText(/Acme Studio/)
        .first()
        .waitFor();
      expect(await shown.page.title()).toMatch(/Acme Studio/);
      const logo = shown.page.locator(".brand img");
      await expect.poll(() => logo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
      const accent = await shown.page.evaluate(() =>
        getComputedStyle(document.documentElement).getPropertyValue("--accent"),
      );
      expect(accent).toContain("#7a2fc0");
      expect(await shown.page.getByText(/Paddock/).count()).toBe(0);
      expect(await shown.page.getByRole("link", { name: "Support", exact: true }).count()).toBe(1);
      await closePage(shown);
    }
    await page.getByRole("button", { name: "Remove the logo", exact: true }).click();
    const question = page.getByRole("dialog", { name: "Remove the logo?", exact: true });
    await question.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Remove the logo", exact: true }).click();
    await question.getByRole("button", { name: "Remove the logo", exact: true }).click();
    await page.getByText("No logo: pages show the product's own mark.", { exact: true }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Logo");
    await closePage(watched);
    await here.world.operator.call("PUT", "/admin/v1/branding", {});
  });

  it("lets an administrator invite a person, whose session the operator sees and ends", async () => {
    const { tenantId, key } = await newTenant("Inviter", withPortal);
    const watched = await openPage(here.browser, url("/portal"));
    const { page } = watched;
    await signInByKey(page, key);
    await page.getByRole("heading", { name: "Inviter", exact: true }).waitFor();
    await goToHash(page, "/people");
    await page.getByRole("button", { name: "Invite a person", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Person", { exact: true }).fill("Ann");
    await dialog.getByRole("button", { name: "Make a link", exact: true }).click();
    const link = (await page.locator("[data-portal-link]").textContent()) ?? "";
    await dialog.getByRole("button", { name: "Done", exact: true }).click();
    const guest = await openPage(here.browser, link);
    await guest.page.getByRole("button", { name: "Continue", exact: true }).click();
    await guest.page.getByRole("heading", { name: "Inviter", exact: true }).waitFor();
    await goToHash(guest.page, "/people");
    await guest.page.getByText("Only administrators see who is signed in.", { exact: true }).waitFor();

    const console = await openConsole(`#/tenants/${tenantId}/people`);
    const row = console.page.getByRole("row").filter({ hasText: "Ann" });
    await row.getByText("Viewer", { exact: true }).waitFor();
    await row.getByRole("button", { name: "End session of Ann", exact: true }).click();
    await console.page.getByRole("dialog").getByRole("button", { name: "End session", exact: true }).click();
    await expect.poll(() => row.count()).toBe(0);
    await closePage(console);
    await goToHash(guest.page, "/keys");
    await guest.page.getByRole("heading", { name: "You are signed out", exact: true }).waitFor();
    await closePage(guest);
    await closePage(watched);
  });

  it("limits and blocks an end user in the portal", async () => {
    const { client, key } = await newTenant("Limiter", withPortal);
    const mint = () => client.call<{ token: string }>("POST", "/api/v1/client-tokens", { endUser: "ann" });
    await new GatewayClient(here.world.gateway.url, (await mint()).token).submit(IMAGE);
    const watched = await openPage(here.browser, url("/portal"), { viewport: { width: 360, height: 720 } });
    const { page } = watched;
    await signInByKey(page, key);
    await page.getByRole("heading", { name: "Limiter", exact: true }).waitFor();
    await goToHash(page, "/end-users");
    await page.getByRole("button", { name: "Limits of ann", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Credits a day", { exact: true }).fill("-1");
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await expect.poll(() => dialog.locator("[aria-invalid]").count()).toBe(1);
    await dialog.getByLabel("Credits a day", { exact: true }).fill("1,000");
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("/ 1,000", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Block ann", exact: true }).click();
    await dialog.getByRole("button", { name: "Block", exact: true }).click();
    await page.getByText("Blocked", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Set limits", exact: true }).click();
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await dialog.getByText("Must not be empty.", { exact: true }).waitFor();
    // A form without its limits and its block must not take them away.
    await dialog.getByLabel("End user", { exact: true }).fill("ann");
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await dialog.getByText("It has limits or is blocked already: change that in its row.", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Cancel", exact: true }).click();
    await expect(mint()).rejects.toThrow("20002");
    await page.getByRole("button", { name: "Client tokens of ann", exact: true }).click();
    await dialog.getByText("Works", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: /^End tok_/ }).click();
    const question = page.getByRole("dialog").last();
    await question.getByRole("heading", { name: /^End tok_.*\?$/ }).waitFor();
    await question.getByRole("button", { name: "End", exact: true }).click();
    await dialog.getByText("Ended", { exact: true }).waitFor();
    // The row has nothing to press any more, so the keyboard goes to the heading of the dialog that stays.
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Client tokens of ann");
    await dialog.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("button", { name: "Unblock ann", exact: true }).press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest("tr")?.textContent)).toContain("ann");
    await expectNoSidewaysScroll(page);
    await closePage(watched);
  });
});
