/** The story "a customer mails a task id": search, the page of a task and the lists that lead to it. */
import type { Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import { closePage, expectNoSidewaysScroll, openPage, signInToConsole, untilLoaded } from "../support/node/pages.ts";

const IMAGE = {
  model: "Imagen Nano Banana 2",
  taskName: "Mailed",
  type: "txt",
  prompt: "it's a grey kitten",
  size: "1K",
  metadata: { order: "4711" },
};

describeInBrowser("a task by its id", () => {
  const here = startWithBrowser({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });
  let tenantId: string;
  let client: GatewayClient;
  const tasks: Record<"done" | "failed", { taskId: number; taskNo: string }> = {} as never;
  beforeAll(async () => {
    const made = await here.world.newTenant({ name: "Mailing Customer" });
    tenantId = made.tenantId;
    client = new GatewayClient(here.world.gateway.url, made.key);
    await client.call("PUT", "/api/v1/webhook", { url: "http://127.0.0.1:9/hook" });
    const submit = async (body: object) => {
      const task = await client.call<{ taskId: number; taskNo: string }>("POST", "/api/v1/task/generate", body);
      await client.untilEnded(task.taskId);
      return task;
    };
    tasks.done = await submit(IMAGE);
    tasks.failed = await submit({ ...IMAGE, taskName: "Broken", prompt: "[[sim: fail]] a kitten" });
  });

  const openConsole = async (path = "", options = {}) => {
    const watched = await openPage(here.browser, `${here.world.gateway.url}/console${path}`, options);
    await signInToConsole(watched.page);
    await watched.page.getByRole("searchbox", { name: "Search", exact: true }).waitFor();
    return watched;
  };
  const openPortal = async (options = {}, continueText = "Continue") => {
    const path = `/admin/v1/tenants/${tenantId}/portal-links`;
    const { url } = await here.world.operator.call<{ url: string }>("POST", path);
    const watched = await openPage(here.browser, url, options);
    await watched.page.getByRole("button", { name: continueText, exact: true }).click();
    await watched.page.getByRole("searchbox").waitFor();
    return watched;
  };
  const events = (page: Page) => page.locator(".timeline b").allTextContents();

  it("opens in the console as soon as the id is in the search, which the key / reaches", async () => {
    const watched = await openConsole("#/audit");
    const { page } = watched;
    await page.getByRole("heading", { name: "Audit log", exact: true }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.insertText(String(tasks.done.taskId));
    await page.getByRole("heading", { name: /^Mailed/ }).waitFor();
    await expect.poll(() => page.url()).toContain(`#/tenants/${tenantId}/tasks/${tasks.done.taskId}`);
    const shown = (await events(page)).toSpliced(2, Number.POSITIVE_INFINITY);
    expect(shown).toEqual(["Accepted", "Submitted"]);
    for (const event of ["Generating", "Copied", "Completed"]) expect(await events(page)).toContain(event);
    expect(await page.locator(".quoted").first().textContent()).toContain(`"prompt": "it's a grey kitten"`);
    await page.getByRole("button", { name: "curl", exact: true }).click();
    const command = (await page.locator(".quoted").first().textContent()) ?? "";
    expect(command).toContain(`curl ${here.world.gateway.url}/api/v1/task/generate`);
    expect(command).toContain(`it'\\''s a grey kitten`);
    expect(await page.getByRole("row").filter({ hasText: "Hold" }).count()).toBe(1);
    const picture = page.locator(".result img");
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    await page.getByText("Bodies", { exact: true }).first().click();
    expect(await page.locator("details .quoted").first().textContent()).toContain(`"type": "task.completed"`);
    await page.getByRole("link", { name: "Mailing Customer", exact: true }).click();
    await page.getByRole("heading", { name: /^Mailing Customer/ }).waitFor();
    await closePage(watched);
  });

  it("is found by number, file URL and Enter; a name leads to its tenant, and what is not found says so", async () => {
    const watched = await openConsole();
    const { page } = watched;
    const search = page.getByRole("searchbox", { name: "Search", exact: true });
    await search.fill(tasks.failed.taskNo);
    await page.getByRole("heading", { name: /^Broken/ }).waitFor();
    await page.getByText(/^The task failed: .+\. Nothing was charged/).waitFor();
    expect(await events(page)).toContain("Failed");
    await search.fill("Mailing");
    await search.press("Enter");
    await page.getByRole("heading", { name: /^Mailing Customer/ }).waitFor();
    await search.fill("nobody at all");
    await search.press("Enter");
    await page.getByRole("heading", { name: "Results for “nobody at all”", exact: true }).waitFor();
    await page.getByText("Nothing was found for “nobody at all”.", { exact: true }).waitFor();
    await closePage(watched);
  });

  it("is found by filters that are in the URL, and going back finds them again", async () => {
    const watched = await openConsole(`#/tenants/${tenantId}/tasks`);
    const { page } = watched;
    await page.getByLabel("Metadata", { exact: true }).fill("order=4711");
    await page.getByLabel("Status", { exact: true }).selectOption("Failed");
    await expect.poll(() => page.url()).toContain("status=3");
    await expect.poll(() => page.url()).toContain("metadata=order%3D4711");
    await untilLoaded(page);
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await page.getByRole("link", { name: /^Broken/ }).click();
    await page.getByRole("heading", { name: /^Broken/ }).waitFor();
    await page.getByRole("main").getByRole("link", { name: "Tasks", exact: true }).click();
    await expect.poll(() => page.getByLabel("Metadata", { exact: true }).inputValue()).toBe("order=4711");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await page.getByRole("button", { name: "Clear filters", exact: true }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(2);
    await closePage(watched);
  });

  it("opens in the portal by id, number or prompt, in pages that fit a phone", async () => {
    const watched = await openPortal({ viewport: { width: 360, height: 720 } });
    const { page } = watched;
    const search = page.getByRole("searchbox", { name: "Search", exact: true });
    await search.fill(tasks.done.taskNo);
    await page.getByRole("heading", { name: /^Mailed/ }).waitFor();
    await untilLoaded(page);
    await expectNoSidewaysScroll(page);
    expect(await page.getByRole("link", { name: "Run again", exact: true }).getAttribute("href")).toBe(
      `#/playground?from=${tasks.done.taskId}`,
    );
    await search.fill("grey kitten");
    await search.press("Enter");
    await expect.poll(() => page.url()).toContain("#/tasks?q=grey");
    await page.getByText("Mailed", { exact: true }).waitFor();
    expect(await page.getByText("Broken", { exact: true }).count()).toBe(0);
    await page.getByRole("button", { name: "Table", exact: true }).click();
    await page.getByRole("row").filter({ hasText: "Mailed" }).waitFor();
    await expectNoSidewaysScroll(page);
    await closePage(watched);
  });

  it("is deleted in the console once the question is answered, with its files", async () => {
    const { taskId } = await client.submit({ ...IMAGE, taskName: "Unwanted" });
    await client.untilEnded(taskId);
    const watched = await openConsole(`#/tenants/${tenantId}/tasks/${taskId}`);
    const { page } = watched;
    await page.getByRole("heading", { name: /^Unwanted/ }).waitFor();
    const file = (await page.locator(".result img").getAttribute("src")) ?? "";
    const remove = page.getByRole("button", { name: "Delete", exact: true });
    const dialog = page.getByRole("dialog");
    await remove.click();
    await dialog.getByRole("button", { name: "Cancel", exact: true }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Delete");
    expect((await fetch(new URL(file, here.world.gateway.url))).status).toBe(200);
    await remove.click();
    await dialog.getByText("Delete Unwanted?", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await expect.poll(() => page.url()).toMatch(new RegExp(`#/tenants/${tenantId}/tasks$`));
    await page.getByRole("row").filter({ hasText: "Mailed" }).waitFor();
    expect(await page.getByRole("row").filter({ hasText: "Unwanted" }).count()).toBe(0);
    await page.goto(`${here.world.gateway.url}/console#/tenants/${tenantId}/tasks/${taskId}`);
    await page.getByText(/Task does not exist/).waitFor();
    expect((await fetch(new URL(file, here.world.gateway.url))).status).toBe(410);
    await closePage(watched);
  });

  it("is shown in Chinese to a browser that asks for it, until English is chosen", async () => {
    const watched = await openPortal({ locale: "zh-CN" }, "继续");
    const { page } = watched;
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-Hans");
    const search = page.getByRole("searchbox", { name: "搜索", exact: true });
    await search.fill(String(tasks.failed.taskId));
    await page.getByRole("heading", { name: /^Broken/ }).waitFor();
    expect(await events(page)).toContain("失败");
    await page.getByRole("cell", { name: "失败", exact: true }).waitFor();
    expect(await page.getByRole("cell", { name: "failed", exact: true }).count()).toBe(0);
    await page.getByRole("button", { name: "English", exact: true }).click();
    await page.getByRole("searchbox", { name: "Search", exact: true }).waitFor();
    await expect.poll(() => events(page)).toContain("Failed");
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
    await closePage(watched);
  });
});
