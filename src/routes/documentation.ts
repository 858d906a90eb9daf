/** The API documents and the pages that show them: the tenant's part, and all of it. `npm run openapi` generates them. */
import { html, raw } from "hono/html";
import type { AppContext, AppRoutes } from "../context.ts";
import { brandName, PRODUCT_NAME } from "../domain/brand.ts";
import { LLMS, OPENAPI, OPENAPI_TENANT, REFERENCE, REFERENCE_OPERATOR } from "../generated/openapi.ts";
import { brandMark, pageHeaders, renderPage } from "../html/document.ts";
import { brandOf } from "../middleware/brand-cache.ts";
import { type GeneratedText, readText, sendText } from "./static.ts";

const HEADERS = { "cache-control": "private, max-age=300", "access-control-allow-origin": "*" };

/** Adds the routes of the API documents, their reference pages and `/llms.txt`. */
export function addDocumentationRoutes(routes: AppRoutes): void {
  routes.get("/openapi.json", (c) =>
    sendText(c, { ...OPENAPI, load: async () => ({ default: await readText(OPENAPI) }) }, HEADERS),
  );
  routes.get("/openapi-tenant.json", (c) => sendBranded(c, OPENAPI_TENANT, HEADERS, inJson));
  routes.get("/docs", (c) => reference(c, REFERENCE, "/openapi-tenant.json"));
  routes.get("/docs/operator", (c) => reference(c, REFERENCE_OPERATOR, "/openapi.json"));
  routes.get("/llms.txt", (c) => sendBranded(c, LLMS, { "cache-control": "private, max-age=300" }, (name) => name));
}

/** How a name is written inside a string of JSON. */
const inJson = (name: string) => JSON.stringify(name).slice(1, -1);
/** How a name is written in HTML. */
const inHtml = (name: string) => String(html`${name}`);

/** Sends a text for tenants: it names the product only where the brand belongs (openapi/introduction.ts). */
async function sendBranded(
  c: AppContext,
  text: GeneratedText,
  headers: Readonly<Record<string, string>>,
  write: (name: string) => string,
): Promise<Response> {
  const name = brandName(await brandOf(c));
  const load = async () => ({ default: (await readText(text)).replaceAll(PRODUCT_NAME, () => write(name)) });
  return sendText(c, { ...text, version: text.version + encodeURIComponent(name), load }, headers);
}

async function reference(c: AppContext, generated: GeneratedText, document: string): Promise<Response> {
  const brand = await brandOf(c);
  const { supportUrl, termsUrl } = brand;
  const text = (await readText(generated)).replaceAll(PRODUCT_NAME, () => inHtml(brandName(brand)));
  const body = html`<header class="top">
${brandMark(brand, "/docs", "API reference")}
<span class="spacer"></span>
<input class="filter" type="search" placeholder="Search  ( / )" aria-label="Search the reference" data-filter>
${supportUrl && html`<a class="plain" href="${supportUrl}">Support</a>`}
${termsUrl && html`<a class="plain" href="${termsUrl}">Terms</a>`}
<a class="plain" href="${document}">${document.slice(1)}</a>
<span data-theme-slot></span>
</header>
${raw(text)}`;
  const page = renderPage({
    brand,
    title: `${brandName(brand)} API reference`,
    style: "docs.css",
    script: "docs.js",
    body,
  });
  return c.html(page, 200, pageHeaders());
}
