/** The Playground in a real browser against a real gateway. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, startWithBrowser } from "../support/node/browser-world.ts";
import {
  closePage,
  expectNoSidewaysScroll,
  goToHash,
  openPage,
  signInToConsole,
  type WatchedPage,
} from "../support/node/pages.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const IMAGE_MODEL = "Imagen Nano Banana 2";
const VIDEO_MODEL = "Seedance 2.0";

describeInBrowser("the Playground", () => {
  const here = startWithBrowser({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });

  async function newTenant(settings: object = {}, credits = 500): Promise<string> {
    const given = { name: "Acme Films", billing: "prepaid", requestsPerMinute: 10_000, prices: PRICES, ...settings };
    const { tenantId } = await here.world.operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", given);
    if (credits > 0)
      await here.world.operator.call("POST", `/admin/v1/tenants/${tenantId}/credits`, { credits, note: "start" });
    return tenantId;
  }
  const PRICES = [
    { model: IMAGE_MODEL, credits: 5 },
    { model: VIDEO_MODEL, credits: 40 },
  ];
  const setPrices = (tenantId: string, prices: object[]) =>
    here.world.operator.call("PATCH", `/admin/v1/tenants/${tenantId}`, { prices });
  const balanceOf = async (tenantId: string) =>
    (await here.world.operator.call<{ balance: number }>("GET", `/admin/v1/tenants/${tenantId}`)).balance;

  /** Signs in, and opens the Playground. */
  async function open(
    tenantId: string,
    { person = {}, ...options }: { person?: object } & Record<string, unknown> = {},
  ) {
    const path = `/admin/v1/tenants/${tenantId}/portal-links`;
    const { url } = await here.world.operator.call<{ url: string }>("POST", path, person);
    const watched = await openPage(here.browser, `${url}&view=playground`, options);
    await watched.page.getByRole("button", { name: "Continue", exact: true }).click();
    await watched.page.getByRole("heading", { name: "Playground", exact: true }).waitFor();
    return watched;
  }
  const prompt = (page: Page) => page.getByLabel("Prompt", { exact: true });
  const generate = (page: Page) => page.getByRole("button", { name: "Generate", exact: true });
  const price = (page: Page, text: string) => page.locator(".price").filter({ hasText: text }).waitFor();
  const choose = async (page: Page, model: string, method: string) => {
    await page.getByLabel("Model", { exact: true }).selectOption(model);
    await page.getByLabel("Method", { exact: true }).selectOption(method);
  };
  const run = (page: Page, text: string) => page.getByRole("article", { name: text, exact: true });

  async function withPage(watched: WatchedPage, work: (page: Page) => Promise<void>): Promise<void> {
    await work(watched.page);
    await closePage(watched);
  }

  it("shows the price before anything can be sent, charges it once, and shows the images in place", async () => {
    const tenantId = await newTenant();
    await withPage(await open(tenantId), async (page) => {
      expect(await generate(page).isDisabled()).toBe(true);
      await page.getByText(/Generating here spends the credits of Acme Films\./).waitFor();
      await prompt(page).fill("two cats");
      await page.getByLabel("Number of images", { exact: true }).fill("2");
      await price(page, "5 credits");
      await generate(page).click();
      const card = run(page, "two cats");
      await card.getByText("Completed", { exact: true }).waitFor();
      expect(await card.getByRole("img").count()).toBe(2);
      await expect
        .poll(() =>
          card.getByRole("img").evaluateAll((all) => all.every((one) => (one as HTMLImageElement).naturalWidth > 0)),
        )
        .toBe(true);
      expect(await balanceOf(tenantId)).toBe(495);
      await card.getByRole("link", { name: "Open task", exact: true }).click();
      await page.getByRole("heading", { level: 1 }).filter({ hasText: "two cats" }).waitFor();
      await page.goBack();
      await run(page, "two cats").getByText("Completed", { exact: true }).waitFor();
      await page.reload();
      await run(page, "two cats").getByText("Completed", { exact: true }).waitFor();
      expect(await prompt(page).inputValue()).toBe("two cats");
    });
  });

  it("charges a double click once", async () => {
    const tenantId = await newTenant();
    await withPage(await open(tenantId), async (page) => {
      await prompt(page).fill("a double click");
      await price(page, "5 credits");
      await generate(page).dblclick();
      await run(page, "a double click").waitFor();
      // Leaving while it runs and coming back finds it.
      await goToHash(page, "/tasks");
      await goToHash(page, "/playground");
      await run(page, "a double click").getByText("Completed", { exact: true }).waitFor();
      expect(await page.getByRole("article").count()).toBe(1);
      expect(here.world.simulator.tasks({ prompt: "a double click" })).toHaveLength(1);
      expect(await balanceOf(tenantId)).toBe(495);
    });
  });

  it("charges once when the response is lost and the browser sends the request again", async () => {
    const tenantId = await newTenant();
    await withPage(await open(tenantId), async (page) => {
      let lost = 0;
      await page.route("**/task/generate", async (route) => {
        if (lost > 0) return route.continue();
        lost += 1;
        await route.fetch();
        await route.abort();
      });
      await prompt(page).fill("a lost response");
      await price(page, "5 credits");
      await generate(page).click();
      await run(page, "a lost response").getByText("Completed", { exact: true }).waitFor();
      expect(lost).toBe(1);
      expect(here.world.simulator.tasks({ prompt: "a lost response" })).toHaveLength(1);
      expect(await balanceOf(tenantId)).toBe(495);
    });
  });

  it("keeps the key of a press without an outcome: the next press is charged with it once", async () => {
    const tenantId = await newTenant();
    await withPage(await open(tenantId), async (page) => {
      await page.route("**/task/generate", async (route) => {
        await route.fetch();
        await route.abort();
      });
      await prompt(page).fill("no outcome");
      await price(page, "5 credits");
      await generate(page).click();
      await page.getByText(/It is not known whether the task was accepted\./).waitFor();
      await page.unroute("**/task/generate");
      await generate(page).click();
      await run(page, "no outcome").getByText("Completed", { exact: true }).waitFor();
      expect(here.world.simulator.tasks({ prompt: "no outcome" })).toHaveLength(1);
      expect(await balanceOf(tenantId)).toBe(495);
    });
  });

  it("shows a price that changed before the press, and sends nothing until it is pressed again", async () => {
    const tenantId = await newTenant();
    await withPage(await open(tenantId), async (page) => {
      await prompt(page).fill("a dearer cat");
      await price(page, "5 credits");
      await setPrices(tenantId, [{ model: IMAGE_MODEL, credits: 7 }]);
      await generate(page).click();
      await page.getByText(/The price has changed from 5 credits to 7 credits\./).waitFor();
      await price(page, "7 credits");
      expect(here.world.simulator.tasks({ prompt: "a dearer cat" })).toHaveLength(0);
      expect(await balanceOf(tenantId)).toBe(500);
      await generate(page).click();
      await run(page, "a dearer cat").getByText("Completed", { exact: true }).waitFor();
      expect(await balanceOf(tenantId)).toBe(493);
    });
  });

  it("shows why an estimate failed, and asks again", async () => {
    await withPage(await open(await newTenant()), async (page) => {
      await page.route("**/task/estimate", (route) => route.abort());
      await prompt(page).fill("a cat");
      await page.getByText(/The price is not known: The gateway cannot be reached\./).waitFor();
      expect(await generate(page).isDisabled()).toBe(true);
      await page.unroute("**/task/estimate");
      await page.getByRole("button", { name: "Try again", exact: true }).click();
      await price(page, "5 credits");
      expect(await generate(page).isDisabled()).toBe(false);
    });
  });

  it("drops the price of an older form that arrives late", async () => {
    await withPage(await open(await newTenant()), async (page) => {
      let hold: (() => void) | null = null;
      const held = new Promise<void>((resolve) => {
        hold = resolve;
      });
      await page.route("**/task/estimate", async (route) => {
        if (!(route.request().postData() ?? "").includes("Seedance")) await held;
        await route.continue();
      });
      await prompt(page).fill("a cat");
      await page.waitForRequest("**/task/estimate");
      await page.getByLabel("Model", { exact: true }).selectOption(VIDEO_MODEL);
      await price(page, "40 credits");
      const late = page.waitForResponse((response) => (response.request().postData() ?? "").includes(IMAGE_MODEL));
      (hold as (() => void) | null)?.();
      await late;
      await price(page, "40 credits");
    });
  });

  it("says what is missing when the balance does not cover it", async () => {
    await withPage(await open(await newTenant({}, 3)), async (page) => {
      await prompt(page).fill("a cat");
      await page.getByText("The balance is 3 credits: 2 credits are missing.", { exact: true }).waitFor();
      expect(await generate(page).isDisabled()).toBe(true);
    });
  });

  it.each([
    [IMAGE_MODEL, "txt", []],
    [IMAGE_MODEL, "img_txt", ["Reference images"]],
    [VIDEO_MODEL, "img_txt", ["Reference images"]],
    [VIDEO_MODEL, "img_vid_txt", ["Reference images", "Reference videos"]],
    [VIDEO_MODEL, "img_aud_txt", ["Reference images", "Reference audio"]],
    [VIDEO_MODEL, "img_vid_aud_txt", ["Reference images", "Reference videos", "Reference audio"]],
  ])("makes every documented kind, with its fields alone: %s %s", async (model, method, lists) => {
    const tenantId = await newTenant();
    const text = `kind ${model} ${method}`;
    await withPage(await open(tenantId), async (page) => {
      await choose(page, model, method);
      const isVideo = model === VIDEO_MODEL;
      const shown = async (label: string) => (await page.getByLabel(label, { exact: true }).count()) > 0;
      for (const label of ["Aspect ratio", "Number of images", "Size"])
        expect(await shown(label), label).toBe(!isVideo);
      for (const label of ["Resolution", "Duration in seconds", "With audio"])
        expect(await shown(label), label).toBe(isVideo);
      expect(await page.locator("fieldset.references legend").allTextContents()).toEqual(lists);
      await prompt(page).fill(text);
      const urls = {
        "Reference images": "cat.jpg",
        "Reference videos": "reference.mp4",
        "Reference audio": "music.mp3",
      };
      for (const list of lists) {
        const group = page.getByRole("group", { name: list, exact: true });
        await group.getByRole("textbox").fill(`https://example.com/${urls[list as keyof typeof urls]}`);
        await group.getByRole("button", { name: "Add URL", exact: true }).click();
        await group.getByText(/https:\/\/example\.com\//).waitFor();
      }
      await price(page, isVideo ? "40 credits" : "5 credits");
      await generate(page).click();
      const card = run(page, text);
      await card.getByText("Completed", { exact: true }).waitFor();
      if (isVideo) expect(await card.locator("video").getAttribute("src")).toContain("/files/");
      const [sent] = here.world.simulator.requests().filter(({ body }) => body.includes(text));
      const body = JSON.parse(sent?.body ?? "{}") as Record<string, unknown>;
      expect(body).toMatchObject({ model, type: method, prompt: text });
      const kinds = ["refImageUrls", "refVideoUrls", "refAudioUrls"].filter((name) => name in body);
      expect(kinds).toHaveLength(lists.length);
    });
  });

  it("uploads dropped and pasted files, which choose the method, and sends them in their order", async () => {
    await withPage(await open(await newTenant()), async (page) => {
      await prompt(page).fill("with references");
      const give = (type: "drop" | "paste", name: string) =>
        page.evaluate(
          ([event, file, base64]) => {
            const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], file, { type: "image/png" }));
            const init = { bubbles: true, cancelable: true };
            document.body.dispatchEvent(
              event === "drop"
                ? new DragEvent("drop", { ...init, dataTransfer: data })
                : new ClipboardEvent("paste", { ...init, clipboardData: data }),
            );
          },
          [type, name, PNG.toString("base64")] as const,
        );
      await give("drop", "first.png");
      const group = page.getByRole("group", { name: "Reference images", exact: true });
      await group.getByText("first.png", { exact: true }).waitFor();
      expect(await page.getByLabel("Method", { exact: true }).inputValue()).toBe("img_txt");
      await give("paste", "second.png");
      await group.getByText("second.png", { exact: true }).waitFor();
      await group.getByRole("button", { name: "Move second.png forward", exact: true }).click();
      expect(await group.locator(".reference-name").allTextContents()).toEqual(["second.png", "first.png"]);
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
      await expect.poll(focused).toBe("Move second.png back");
      await group.getByRole("button", { name: "Remove first.png", exact: true }).click();
      await expect.poll(() => group.locator(".reference-name").allTextContents()).toEqual(["second.png"]);
      await expect.poll(() => group.locator("img").count()).toBe(1);
      await price(page, "5 credits");
      await generate(page).click();
      await run(page, "with references").getByText("Completed", { exact: true }).waitFor();
      const [sent] = here.world.simulator.requests().filter(({ body }) => body.includes("with references"));
      expect(JSON.parse(sent?.body ?? "{}").refImageUrls).toEqual([expect.stringContaining("/uploads/")]);
    });
  });

  it("stops the upload of a reference that is removed", async () => {
    await withPage(await open(await newTenant()), async (page) => {
      await page.getByLabel("Method", { exact: true }).selectOption("img_txt");
      // The part is never taken.
      await page.route("**/files/uploads/**", () => {});
      const sent = page.waitForRequest((request) => request.method() === "PUT");
      const stopped = page.waitForEvent("requestfailed", (request) => request.method() === "PUT");
      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Choose images", exact: true }).click();
      await (await chooser).setFiles({ name: "slow.png", mimeType: "image/png", buffer: PNG });
      await sent;
      await page.getByRole("button", { name: "Remove slow.png", exact: true }).click();
      await stopped;
      expect(await page.locator(".reference").count()).toBe(0);
    });
  });

  it("shows each error beside its field: of the page, of an upload, and of the gateway", async () => {
    await withPage(await open(await newTenant()), async (page) => {
      await prompt(page).fill("wrong");
      const quality = page.getByLabel("Quality", { exact: true });
      await quality.fill("20");
      await page.getByText("Enter 50 to 100.", { exact: true }).waitFor();
      expect(await quality.getAttribute("aria-invalid")).toBe("true");
      expect(await generate(page).isDisabled()).toBe(true);
      await quality.fill("");
      await page.getByLabel("Method", { exact: true }).selectOption("img_txt");
      const group = page.getByRole("group", { name: "Reference images", exact: true });
      await group.getByText("This method needs at least one image.", { exact: true }).waitFor();
      const chooser = page.waitForEvent("filechooser");
      await group.getByRole("button", { name: "Choose images", exact: true }).click();
      await (await chooser).setFiles({ name: "text.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
      await group.locator(".reference.bad .field-problem").waitFor();
      await group.getByRole("button", { name: "Remove text.png", exact: true }).click();
      await group.getByRole("textbox").fill(`${here.world.gateway.url}/healthz`);
      await group.getByRole("button", { name: "Add URL", exact: true }).click();
      await group.getByText("1: must not point at this gateway", { exact: true }).waitFor();
      expect(await generate(page).isDisabled()).toBe(true);
    });
  });

  it("is not for viewers, who see why", async () => {
    await withPage(await open(await newTenant(), { person: { role: "viewer" } }), async (page) => {
      await page.getByText(/Your role is for looking only\./).waitFor();
      expect(await prompt(page).count()).toBe(0);
      expect(await generate(page).count()).toBe(0);
    });
  });

  it("fills the form from a task of the API, with what the form does not know, and generates again", async () => {
    const tenantId = await newTenant();
    const { key } = await here.world.operator.call<{ key: string }>("POST", `/admin/v1/tenants/${tenantId}/keys`, {
      name: "api",
    });
    const request = `{"model":"${VIDEO_MODEL}","taskName":"Mine","type":"img_aud_txt","prompt":"run again","durationSeconds":5,"seed":9007199254740993,"aspectRatio":"16:9","refAudioUrls":["https://example.com/music.mp3"]}`;
    const made = await fetch(`${here.world.gateway.url}/api/v1/task/generate`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: request,
    });
    const { data } = (await made.json()) as { data: { taskId: number } };
    await withPage(await open(tenantId), async (page) => {
      await goToHash(page, `/playground?from=${data.taskId}`);
      await expect.poll(() => prompt(page).inputValue()).toBe("run again");
      expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toBe("9007199254740993");
      expect(await page.getByLabel("Task name", { exact: true }).inputValue()).toBe("Mine");
      await page.getByText('aspectRatio: "16:9"', { exact: true }).waitFor();
      await page.getByText("https://example.com/music.mp3", { exact: true }).waitFor();
      await price(page, "40 credits");
      await generate(page).click();
      await run(page, "run again").getByText("Completed", { exact: true }).waitFor();
      const bodies = here.world.simulator.requests().flatMap(({ body }) => (body.includes("run again") ? [body] : []));
      expect(bodies).toHaveLength(2);
      for (const body of bodies) expect(body).toContain('"seed":9007199254740993');
      expect(JSON.parse(bodies[1] ?? "")).toEqual(JSON.parse(bodies[0] ?? "{}"));
      await run(page, "run again").getByRole("button", { name: "Generate again", exact: true }).click();
      await expect.poll(() => page.getByRole("article").count()).toBe(2);
    });
  });

  it("is opened by the operator as a tenant, whose credits are spent; the audit log has both steps", async () => {
    const tenantId = await newTenant();
    const watched = await openPage(here.browser, `${here.world.gateway.url}/console#/tenants/${tenantId}/playground`);
    await withPage(watched, async (page) => {
      await signInToConsole(page);
      await page.getByText(/spends the credits of Acme Films/).waitFor();
      const popup = page.waitForEvent("popup");
      await page.getByRole("button", { name: "Open the Playground", exact: true }).click();
      const portal = await popup;
      await portal.getByRole("button", { name: "Continue", exact: true }).click();
      await portal.getByText(/Generating here spends the credits of Acme Films\./).waitFor();
      await prompt(portal).fill("by the operator");
      await price(portal, "5 credits");
      await generate(portal).click();
      await run(portal, "by the operator").getByText("Completed", { exact: true }).waitFor();
      expect(await balanceOf(tenantId)).toBe(495);
      const { entries } = await here.world.operator.call<{
        entries: { action: string; actor: { id: string; name: string } }[];
      }>("GET", `/admin/v1/audit?tenantId=${tenantId}`);
      const actorOf = (action: string) => entries.find((entry) => entry.action === action)?.actor;
      expect(actorOf("portal-link.create")?.id).toBe("root");
      expect(actorOf("task.generate")).toMatchObject({ id: "portal", name: expect.stringContaining("(operator)") });
    });
  });

  it("shows the request as code that changes with the form", async () => {
    await withPage(await open(await newTenant()), async (page) => {
      await prompt(page).fill('it\'s a "cat" for $5');
      const code = page.getByRole("region", { name: "The same call as code", exact: true });
      for (const [name, part] of [
        ["curl", `it'\\''s a \\"cat\\" for $5`],
        ["TypeScript", "new Paddock("],
        ["Python", "import requests"],
        ["AI SDK", "generateImage("],
        ["OpenAI", "openai.images.generate("],
      ] as const) {
        await page.getByRole("button", { name, exact: true }).click();
        await expect.poll(() => code.textContent()).toContain(part);
        expect(await code.textContent()).not.toContain("pdk_");
      }
      await choose(page, VIDEO_MODEL, "img_aud_txt");
      await page.getByText(/OpenAI's API has no reference videos or audio/).waitFor();
    });
  });

  it("fits a phone, and is usable by the keyboard alone", async () => {
    const tenantId = await newTenant();
    await withPage(await open(tenantId, { viewport: { width: 360, height: 740 } }), async (page) => {
      await expectNoSidewaysScroll(page);
      await prompt(page).focus();
      await page.keyboard.type("by keyboard");
      await price(page, "5 credits");
      for (let presses = 0; presses < 30; presses += 1) {
        if (await generate(page).evaluate((button) => button === document.activeElement)) break;
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
      await run(page, "by keyboard").getByText("Completed", { exact: true }).waitFor();
      expect(await generate(page).evaluate((button) => button === document.activeElement)).toBe(true);
      await expectNoSidewaysScroll(page);
      if (process.env.LOOK) await page.screenshot({ path: `${process.env.LOOK}/phone.png`, fullPage: true });
    });
  });
});
