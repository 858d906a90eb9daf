/** The story "back into the portal by e-mail": the operator sets who may ask, the person asks and opens the link. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { Findings } from "../support/node/accessibility.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import { closePage, expectNoSidewaysScroll, goToHash, openPage, signInToConsole } from "../support/node/pages.ts";

const PHONE = { viewport: { width: 360, height: 720 } };

describeInBrowser("a link by e-mail", () => {
  const here = startWithBrowser({ ALLOW_PRIVATE_URLS: "true", MAIL_FROM: "portal@example.com" });

  /** Waits until a number of messages were sent. @returns the text of the last one, as the platform's stand-in wrote it to a file */
  async function message(count: number): Promise<string> {
    const files = () => [...here.world.gateway.log.text().matchAll(/Text: (\S+\.txt)/g)].map(([, file = ""]) => file);
    await expect.poll(() => files().length, { timeout: 20_000 }).toBe(count);
    return readFileSync(files().at(-1) ?? "", "utf8");
  }
  const askFor = async (page: Page, email: string) => {
    await page.getByLabel("E-mail", { exact: true }).fill(email);
    await page.getByRole("button", { name: "Send me a link", exact: true }).click();
    await page.getByText(/^If your provider knows this address/).waitFor();
  };

  it("is set by the operator, asked for on a phone, opened once, and taken away again", async () => {
    const { tenantId } = await here.world.newTenant({ name: "Acme Films" });
    const emails = async () =>
      (await here.world.operator.call<{ portalEmails: object | null }>("GET", `/admin/v1/tenants/${tenantId}`))
        .portalEmails;
    const console = await openPage(here.browser, `${here.world.gateway.url}/console#/tenants/${tenantId}/settings`);
    await signInToConsole(console.page);
    const setting = console.page.getByLabel("Addresses and roles", { exact: true });
    await setting.fill("ann=admin");
    await console.page.getByRole("button", { name: "Save changes", exact: true }).click();
    await console.page.getByText("Must be an e-mail address.", { exact: true }).waitFor();
    await setting.fill("Ann@Example.com=admin");
    await console.page.getByRole("button", { name: "Save changes", exact: true }).click();
    await console.page.getByText("Saved", { exact: true }).waitFor();
    await expect.poll(emails).toEqual({ "ann@example.com": "admin" });

    const watched = await openPage(here.browser, `${here.world.gateway.url}/portal`, PHONE);
    const { page } = watched;
    await page.getByLabel("Secret key", { exact: true }).waitFor();
    await askFor(page, "stranger@example.com");
    await askFor(page, "ann@example.com");
    await expectNoSidewaysScroll(page);
    const text = await message(1);
    const link = /https?:\S+/.exec(text)?.[0] ?? "";
    expect(text).toContain(`Acme Films: ${here.world.gateway.url}/portal?code=ppl_`);
    await page.goto(link);
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await page.getByRole("heading", { name: "Acme Films", exact: true }).waitFor();
    await goToHash(page, "/people");
    await page.getByText("by a link sent by e-mail", { exact: true }).waitFor();
    await expectNoSidewaysScroll(page);

    const again = await openPage(here.browser, link);
    await again.page.getByRole("button", { name: "Continue", exact: true }).click();
    await again.page.getByRole("link", { name: "Sign in to your portal", exact: true }).click();
    await again.page.getByLabel("E-mail", { exact: true }).waitFor();
    await closePage(again);

    await setting.fill("");
    await console.page.getByRole("button", { name: "Save changes", exact: true }).click();
    await expect.poll(emails).toBe(null);
    await closePage(console);
    await goToHash(page, "/keys");
    await page.getByRole("heading", { name: "You are signed out", exact: true }).waitFor();
    await page.getByLabel("E-mail", { exact: true }).waitFor();
    await closePage(watched);
  });

  it("is offered in Chinese, and its page has no finding of axe", async () => {
    const watched = await openPage(here.browser, `${here.world.gateway.url}/portal`, { locale: "zh-CN", ...PHONE });
    const { page } = watched;
    await page.getByLabel("电子邮箱", { exact: true }).fill("stranger@example.com");
    await page.getByRole("button", { name: "给我发送链接", exact: true }).click();
    await page.getByText(/^如果您的服务商登记过此邮箱/).waitFor();
    const findings = new Findings();
    await findings.look(page, "sign-in with e-mail", 4);
    expect(findings.lines).toEqual([]);
    await closePage(watched);
  });
});
