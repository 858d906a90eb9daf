/**
 * `npm run screenshots`: the pictures of the README, taken of a gateway with a simulated SeedHorse and made-up tenants. Needs a
 * Chromium (`CHROMIUM_PATH`).
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { startSimulator } from "../simulator/index.ts";
import { launchBrowser } from "../test/support/node/browser.ts";
import { newSecret } from "./deployment/secrets-file.ts";
import { createTenant, GatewayClient } from "./gateway-client.ts";
import { REPOSITORY, startGateway } from "./gateway-process.ts";
import { formatBytes } from "./table.ts";

const FOLDER = join(REPOSITORY, "docs/images");
const VIEWPORT = { width: 1200, height: 720 };
/** A picture in the README is loaded with each visit of the repository. */
const MAX_BYTES = 150_000;

const TENANTS = [
  { name: "Northwind Studio", credits: 2_000, tasks: 14 },
  { name: "Harbour Games", credits: 900, tasks: 9 },
  { name: "Bluebird Travel", credits: 400, tasks: 5 },
  { name: "Atelier Vert", credits: 250, tasks: 3 },
];
const PROMPTS = [
  "a lighthouse at dusk",
  "a grey kitten on a sofa",
  "a market in the rain",
  "a paper boat",
  "snow on pines",
];

/** Makes a tenant with credits and finished tasks. @returns its id */
async function fill(
  operator: GatewayClient,
  url: string,
  { name, credits, tasks }: (typeof TENANTS)[number],
): Promise<string> {
  const { tenantId, key } = await createTenant(operator, { name });
  await operator.call("PATCH", `/admin/v1/tenants/${tenantId}`, { billing: "prepaid", markup: 1.3 });
  await operator.call("POST", `/admin/v1/tenants/${tenantId}/credits`, { credits, note: "first payment" });
  const client = new GatewayClient(url, key);
  for (let number = 0; number < tasks; number += 1) {
    const prompt = PROMPTS[number % PROMPTS.length] ?? "";
    const image = { model: "Imagen Nano Banana 2", type: "txt", taskName: prompt, prompt, size: "1K" };
    await client.untilEnded((await client.submit(image)).taskId);
  }
  return tenantId;
}

async function take(browser: Browser, name: string, open: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  await open(page);
  await page.waitForFunction(() => document.querySelector("[aria-busy]") === null);
  await page.waitForLoadState("networkidle");
  // Where it clicked last, the pointer would show a tooltip.
  await page.mouse.move(0, 0);
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path });
  await context.close();
  const { size } = statSync(path);
  console.log(`docs/images/${name}.png: ${formatBytes(size)}`);
  if (size > MAX_BYTES) throw new Error(`${name}.png is larger than ${formatBytes(MAX_BYTES)}`);
}

async function main(): Promise<void> {
  const browser = await launchBrowser();
  if (browser === null) throw new Error("no Chromium is here; install one or set CHROMIUM_PATH");
  const [masterKey, token] = [newSecret(), newSecret()];
  const simulator = await startSimulator({ accounts: [{ keys: [masterKey], credits: 1_000_000 }], speed: 20 });
  const stateFolder = mkdtempSync(join(tmpdir(), "paddock-screenshots-"));
  const gateway = await startGateway({
    stateFolder,
    settings: {
      SEEDHORSE_API_KEYS: masterKey,
      SIGNING_SECRETS: newSecret(),
      ADMIN_TOKEN: token,
      SEEDHORSE_BASE_URL: simulator.url,
      ALLOW_PRIVATE_URLS: "true",
      POLL_MIN_MS: "100",
      POLL_MAX_MS: "300",
    },
  });
  try {
    mkdirSync(FOLDER, { recursive: true });
    const { url } = gateway;
    const operator = new GatewayClient(url, token);
    const [first] = await Promise.all(TENANTS.map((tenant) => fill(operator, url, tenant)));
    await take(browser, "console", async (page) => {
      // The list of tenants is current; the overview follows the tenants by a minute.
      await page.goto(`${url}/console#/tenants`);
      await page.getByLabel("Operator's token", { exact: true }).fill(token);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByText("Harbour Games", { exact: true }).first().waitFor();
    });
    const link = await operator.call<{ url: string }>("POST", `/admin/v1/tenants/${first}/portal-links`);
    await take(browser, "portal", async (page) => {
      await page.goto(link.url);
      await page.getByRole("button", { name: "Continue", exact: true }).click();
      await page.getByText("Balance", { exact: true }).first().waitFor();
    });
  } finally {
    await browser.close();
    await gateway.processes.kill();
    await simulator.close();
    rmSync(stateFolder, { recursive: true, force: true, maxRetries: 10 });
  }
}

await main();
