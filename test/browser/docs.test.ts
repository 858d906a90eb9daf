import { expect, it } from "vitest";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import { closePage, expectNoSidewaysScroll, openPage } from "../support/node/pages.ts";

describeInBrowser("the API reference in a browser", () => {
  const here = startWithBrowser();

  const open = (options = {}) => openPage(here.browser, `${here.world.gateway.url}/docs`, options);

  it("can be read without scripts", async () => {
    const watched = await open({ javaScriptEnabled: false });
    await watched.page.getByRole("heading", { name: "Submit a task", exact: true }).waitFor();
    expect(await watched.page.locator("#generate pre[data-language=curl]").first().textContent()).toContain(
      'curl -X POST "https://gateway.example/api/v1/task/generate"',
    );
    await closePage(watched);
  });

  it("filters operations by the typed text", async () => {
    const watched = await open();
    const { page } = watched;
    await page.keyboard.press("/");
    await page.keyboard.type("api/v1/webhook rotate");
    await expect.poll(() => page.locator(".call:visible").count()).toBe(1);
    await page.getByRole("heading", { name: "Rotate the signing secret", exact: true }).waitFor();
    await page.getByLabel("Search the reference", { exact: true }).fill("nothing like this");
    await page.getByText("No call matches.", { exact: true }).waitFor();
    await page.getByLabel("Search the reference", { exact: true }).fill("token bucket");
    await page.getByRole("heading", { name: "Limits", exact: true }).waitFor();
    await page.getByLabel("Search the reference", { exact: true }).fill("70009");
    await page.getByRole("heading", { name: "Submit a task", exact: true }).waitFor();
    await closePage(watched);
  });

  it("shows every sample in the chosen language, and the chosen example", async () => {
    const watched = await open();
    const { page } = watched;
    const call = page.locator("#generate");
    await call.getByRole("tab", { name: "Python", exact: true }).click();
    await expect.poll(() => call.locator("pre:visible").first().textContent()).toContain("import requests");
    await expect.poll(() => page.locator("#queryTask pre:visible").first().textContent()).toContain("import requests");
    await call.getByLabel("Example", { exact: true }).selectOption({ label: "Full-Modality Video (img_vid_aud_txt)" });
    await expect.poll(() => call.locator("pre:visible").first().textContent()).toContain("refAudioUrls");
    await closePage(watched);
  });

  it("has samples that run unchanged", async () => {
    const client = await here.world.tenant();
    const watched = await open();
    const curl = watched.page.locator("#generate pre[data-language=curl]").first();
    // The page's script puts this gateway's own address in place of the documented one.
    await expect
      .poll(() => curl.textContent())
      .toContain(`curl -X POST "${here.world.gateway.url}/api/v1/task/generate"`);
    const sample = await curl.textContent();
    expect(await watched.page.locator("pre").allTextContents()).not.toContainEqual(
      expect.stringContaining("gateway.example"),
    );
    const body = /-d '([\s\S]+)'$/.exec(sample ?? "")?.[1] ?? "";
    expect((await client.submit(body)).taskId).toBeGreaterThan(0);
    await closePage(watched);
  });

  it("fits a phone, in light and dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const watched = await open({ viewport: { width: 375, height: 720 }, colorScheme });
      await expectNoSidewaysScroll(watched.page);
      await closePage(watched);
    }
  });
});
