/** The brand of a deployment: the name, logo, colour and links that its pages show to tenants. */

/** Settings of the brand as the operator gives them; null: the product's own. */
export interface BrandSettings {
  readonly name: string | null;
  /** `#rrggbb`, lower case. */
  readonly color: string | null;
  /** https or mailto URL. */
  readonly supportUrl: string | null;
  /** https URL. */
  readonly termsUrl: string | null;
}

/** The logo without its bytes. */
export interface LogoFacts {
  readonly contentType: string;
  readonly bytes: number;
  /** Hash of the bytes. */
  readonly version: string;
}

/** The brand that pages show. */
export interface Brand extends BrandSettings {
  /** Null: the product's own. */
  readonly logo: LogoFacts | null;
}

/** The product's name, where no brand has another. */
export const PRODUCT_NAME = "Paddock";

/** The brand before the operator sets one. */
export const NO_BRAND: Brand = { name: null, color: null, supportUrl: null, termsUrl: null, logo: null };

/** Path of the logo on the gateway's host. */
export const LOGO_PATH = "/brand/logo";

/** Returns the logo's URL on the gateway's host, which changes with the logo; null without a logo. */
export function logoUrl({ logo }: Pick<Brand, "logo">): string | null {
  return logo && `${LOGO_PATH}?v=${logo.version}`;
}

/** Returns the name that pages show. */
export function brandName({ name }: Pick<Brand, "name">): string {
  return name ?? PRODUCT_NAME;
}
