/**
 * The brand as this isolate remembers it: pages show it, and no page view may cost a call of the Directory. A change shows in
 * other isolates some seconds later.
 */
import { type AppContext, directoryOf } from "../context.ts";
import type { Logo } from "../directory/branding.ts";
import { type Brand, NO_BRAND } from "../domain/brand.ts";
import { attempt } from "../lib/attempt.ts";
import { within } from "../lib/time-limit.ts";

/** Time in ms for which the Directory is not asked again. */
const FRESH_MS = 10_000;
/** Longest wait in ms for the Directory: a page without the brand is better than none. */
const BRAND_WAIT_MS = 2_000;

let remembered: Brand | null = null;
let freshUntil = 0;
/** The logo of one version. */
let logo: Logo | null = null;

/** Returns the brand; the last known one while the Directory does not respond. */
export async function brandOf(c: AppContext): Promise<Brand> {
  const now = Date.now();
  if (remembered && now < freshUntil) return remembered;
  // Meanwhile other requests use the last response, if there is one.
  freshUntil = now + FRESH_MS;
  const brand = (await fromDirectory(directoryOf(c).brand())) ?? remembered ?? NO_BRAND;
  rememberBrand(brand);
  return brand;
}

/** Remembers the brand, in an isolate that has just read or changed it. */
export function rememberBrand(brand: Brand): void {
  remembered = brand;
  freshUntil = Date.now() + FRESH_MS;
}

/** Returns the logo with its bytes; null without a logo, or while the Directory does not respond. */
export async function logoOf(c: AppContext): Promise<Logo | null> {
  const wanted = (await brandOf(c)).logo;
  if (wanted === null) return null;
  if (logo?.version !== wanted.version) logo = (await fromDirectory(directoryOf(c).brandLogo())) ?? logo;
  return logo;
}

const fromDirectory = <T>(call: Promise<T>) => within<T | null, null>(attempt(call, "brand"), BRAND_WAIT_MS, null);
