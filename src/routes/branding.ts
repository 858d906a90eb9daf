/** The brand: the operator sets it, and pages load its logo and colours without credentials (docs/operations.md). */
import { type AppContext, type AppRoutes, directoryOf } from "../context.ts";
import type { Logo } from "../directory/branding.ts";
import { type Brand, LOGO_PATH, logoUrl } from "../domain/brand.ts";
import { brandStyle } from "../domain/brand-color.ts";
import { createMediaInspector } from "../domain/media-inspector.ts";
import { apiError, GatewayError, throwApiError } from "../errors.ts";
import { encodeHex, sha256 } from "../lib/bytes.ts";
import { discardBody, readBytes } from "../lib/read-body.ts";
import { brandOf, logoOf, rememberBrand } from "../middleware/brand-cache.ts";
import { PutBranding } from "../schemas/branding.ts";
import { actorOf, readBody } from "./operator.ts";
import { sendText } from "./static.ts";
import { isCompressed } from "./support/body.ts";
import { respond } from "./support/responses.ts";

/** Stored with the Directory's settings, and kept in the memory of each isolate. */
const MOST_LOGO_BYTES = 256 * 1024;
const LOGO_TYPES: readonly string[] = ["image/png", "image/jpeg", "image/webp"];

/** `/brand`: what pages load. */
export function addBrandRoutes(routes: AppRoutes): void {
  routes.get(LOGO_PATH, async (c) => {
    const logo = await logoOf(c);
    return logo ? sendLogo(c, logo) : c.notFound();
  });
  routes.get("/brand/style.css", async (c) => {
    const { color } = await brandOf(c);
    if (color === null) return c.notFound();
    const contentType = "text/css; charset=utf-8";
    const text = { contentType, version: color.slice(1), load: async () => ({ default: brandStyle(color) }) };
    return sendText(c, text, { "cache-control": cacheControl(c, text.version) });
  });
}

/** Sends the logo with its `ETag`: as an image and nothing else, whatever its bytes are. */
export function sendLogo(c: AppContext, { contentType, version, content }: Logo): Promise<Response> {
  const headers = {
    "cache-control": cacheControl(c, version),
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
  };
  return sendText(c, { contentType, version, load: async () => ({ default: new Uint8Array(content) }) }, headers);
}

/** A URL with the present version never changes its content. */
function cacheControl(c: AppContext, version: string): string {
  return c.req.query("v") === version ? "private, max-age=31536000, immutable" : "private, max-age=300";
}

/** `/admin/v1/branding` */
export function addBrandingRoutes(routes: AppRoutes): void {
  routes.get("/branding", async (c) => respond(c, viewBrand(await directoryOf(c).brand())));
  routes.put("/branding", async (c) => {
    const settings = await readBody(c, PutBranding());
    return respondChanged(c, await directoryOf(c).putBrand(settings, actorOf(c)));
  });
  routes.put("/branding/logo", async (c) => {
    const logo = await readLogo(c);
    return respondChanged(c, await directoryOf(c).putBrandLogo(logo, actorOf(c)));
  });
  routes.delete("/branding/logo", async (c) => respondChanged(c, await directoryOf(c).putBrandLogo(null, actorOf(c))));
}

function respondChanged(c: AppContext, brand: Brand): Response {
  rememberBrand(brand);
  return respond(c, viewBrand(brand));
}

function viewBrand(brand: Brand) {
  const { logo, ...settings } = brand;
  return {
    ...settings,
    logo: logo && { url: logoUrl(brand), contentType: logo.contentType, bytes: logo.bytes },
  };
}

/** Reads the body as an image. @throws GatewayError 30001, 70006, 70008 */
async function readLogo(c: AppContext): Promise<Logo> {
  if (isCompressed(c)) throwApiError(70008, "Send the image as it is, without Content-Encoding");
  const body = await readBytes(c.req.raw, MOST_LOGO_BYTES, discardBody);
  if (!body.ok) {
    if (body.reason === "broken") throwApiError(30001, "The body could not be read");
    throwApiError(70006, `The logo exceeds ${MOST_LOGO_BYTES / 1024} KiB`);
  }
  if (/^\s*(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(c.req.header("content-type") ?? "")) {
    throwApiError(70008, "Send the bytes of the image as the body: this call does not accept a form");
  }
  const inspector = createMediaInspector({ declaredType: null, recognisedOnly: true });
  inspector.push(body.bytes);
  const verdict = inspector.finish();
  if (!verdict.ok && verdict.reason === "empty") throw wrongLogo("is empty");
  if (!verdict.ok && verdict.reason === "truncated") throw wrongLogo("is cut short");
  if (!verdict.ok || !LOGO_TYPES.includes(verdict.contentType)) {
    throw wrongLogo("must be PNG, JPEG or WebP; SVG is refused, because it can carry scripts");
  }
  const version = encodeHex(await sha256(body.bytes)).slice(0, 16);
  return { contentType: verdict.contentType, bytes: body.bytes.length, version, content: body.bytes };
}

function wrongLogo(message: string): GatewayError {
  return new GatewayError(apiError(30001, `logo: the file ${message}`, { issues: [{ path: "logo", message }] }));
}
