/**
 * The HTML document of a page, and its headers. Scripts and styles come from this host alone, nothing runs inline, and
 * no page can be framed. Texts are inserted as text, which Trusted Types enforces.
 */
import { html, raw } from "hono/html";
import { type Brand, brandName, logoUrl } from "../domain/brand.ts";
import { type Language, languageTag } from "../domain/language.ts";
import { BUNDLES, type BundleName, type PageScript } from "../generated/bundles.ts";
import { servedTexts } from "./texts.ts";

/** Markup with all inserted values escaped. */
export type Html = ReturnType<typeof html>;

/** One page. */
export interface Page {
  readonly brand: Brand;
  /** Of the window. */
  readonly title: string;
  /** Default: English. */
  readonly language?: Language;
  readonly style: BundleName;
  /** Null for a page without scripts. */
  readonly script: PageScript | null;
  readonly body: Html;
}

const MARK_SVG =
  '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#17694c"/>' +
  '<path d="M5 12.5h22M5 19.5h22" stroke="#bfe6d3" stroke-width="2.6" stroke-linecap="round"/>' +
  '<path d="M10.5 7.5v17M21.5 7.5v17" stroke="#fff" stroke-width="3.2" stroke-linecap="round"/></svg>';

/** The product's mark as a file of its own: three rails and two posts of a paddock's fence. */
export const ICON_SVG = MARK_SVG.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ');

/** @returns logo and name of the brand. @param href null where they lead nowhere. @param part which of the pages this is */
export function brandMark(brand: Brand, href: string | null = null, part: string | null = null): Html {
  const logo = logoUrl(brand);
  // The name stands beside the logo, so the logo needs no text of its own.
  const mark = logo === null ? raw(MARK_SVG) : html`<img src="${logo}" alt="">`;
  const content = html`${mark} ${brandName(brand)}${part && html` <small>${part}</small>`}`;
  return href === null
    ? html`<span class="brand">${content}</span>`
    : html`<a class="brand" href="${href}">${content}</a>`;
}

const ICON = `data:image/svg+xml,${encodeURIComponent(ICON_SVG)}`;

/** @returns the whole document */
export function renderPage({ brand, title, language = "en", style, script, body }: Page): Html {
  const { supportUrl, termsUrl, color } = brand;
  const logo = logoUrl(brand);
  // For the pages' scripts (pages/lib/mark.ts).
  const facts = JSON.stringify({ name: brandName(brand), logoUrl: logo, supportUrl, termsUrl });
  return html`<!doctype html>
<html lang="${languageTag(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="brand" content="${facts}">
<title>${title}</title>
<link rel="icon" href="${logo ?? ICON}">
<link rel="stylesheet" href="${bundleUrl(style)}">
${color && html`<link rel="stylesheet" href="/brand/style.css?v=${color.slice(1)}">`}
${script && html`<script type="module" src="${bundleUrl(script)}"></script>`}
${script && BUNDLES[script].imports.map((name) => html`<link rel="modulepreload" href="/static/${name}">`)}
</head>
<body>
<a class="skip-link" href="#content">${servedTexts(language).skip}</a>
${body}
</body>
</html>
`;
}

/** A bundle's URL changes with its content, so browsers can keep the bundle for ever. */
function bundleUrl(name: BundleName): string {
  return `/static/${name}?v=${BUNDLES[name].version}`;
}

/**
 * Headers of every page.
 *
 * @param mediaOrigin origin that result files are served from, null if it is this host
 */
export function pageHeaders(mediaOrigin: string | null = null): Record<string, string> {
  const media = mediaOrigin === null ? "'self'" : `'self' ${mediaOrigin}`;
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${media} data:`,
    `media-src ${media}`,
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy.join("; "),
    "cache-control": "no-store",
    // Not `no-referrer`: browsers then send forms with `Origin: null`, and the origin of a form is checked.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
  };
}

/** @returns a card in the middle of the page, for sign-in and for short messages */
export function card(brand: Brand, title: string, text: string, rest: Html | null = null): Html {
  return html`<main class="centered" id="content"><div class="centered-card">
${brandMark(brand)}
<h1>${title}</h1>
<p>${text}</p>
${rest}
</div></main>`;
}
