/** The HTML of the portal's pages. */
import type { AppContext } from "../context.ts";
import { brandName } from "../domain/brand.ts";
import { noticeBody, type Reader } from "../html/bodies.ts";
import { type Html, pageHeaders, renderPage } from "../html/document.ts";
import { servedTexts } from "../html/texts.ts";
import { brandOf } from "../middleware/brand-cache.ts";
import { languageOf } from "./support/language.ts";
import { publicBaseUrl } from "./support/responses.ts";

type Body = (reader: Reader) => Html;

/** Returns the body of a page that shows one notice. */
export const noticeOf =
  (notice: Parameters<typeof noticeBody>[1]): Body =>
  (reader) =>
    noticeBody(reader, notice);

/** Responds with a page of the portal. */
export async function portalPage(
  c: AppContext,
  status: 200 | 403 | 410 | 429,
  body: Body,
  script: "portal.js" | null,
): Promise<Response> {
  const brand = await brandOf(c);
  const mediaOrigin = new URL(publicBaseUrl(c)).origin;
  const language = languageOf(c);
  const title = servedTexts(language).portalTitle.replace("{name}", () => brandName(brand));
  const text = renderPage({ brand, title, language, style: "app.css", script, body: body({ brand, language }) });
  return c.html(text, status, pageHeaders(mediaOrigin === new URL(c.req.url).origin ? null : mediaOrigin));
}

/** Returns the name of one of the portal's pages, or nothing for anything else: a link leads to no other address. */
export function viewOf(given: string | null | undefined): string {
  return /^[a-z]{1,30}(\?from=\d{1,16})?$/.test(given ?? "") ? String(given) : "";
}
