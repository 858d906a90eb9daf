/** The deployment's brand, as the Worker wrote it into the page. */

/** What pages show of the brand. */
export interface Brand {
  readonly name: string;
  /** Null: the product's own mark. */
  readonly logoUrl: string | null;
  readonly supportUrl: string | null;
  readonly termsUrl: string | null;
}

const PRODUCT: Brand = { name: "Paddock", logoUrl: null, supportUrl: null, termsUrl: null };

let known: Brand | undefined;

/** Returns the brand of this page. */
export function brand(): Brand {
  known ??= read();
  return known;
}

function read(): Brand {
  const text = document.querySelector<HTMLMetaElement>("meta[name=brand]")?.content;
  try {
    return { ...PRODUCT, ...(JSON.parse(text ?? "{}") as Partial<Brand>) };
  } catch {
    return PRODUCT;
  }
}
