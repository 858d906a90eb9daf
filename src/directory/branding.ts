/** The stored brand: rows of the Directory's `settings`. The logo's bytes are apart, because the settings are read far more often. */
import { type Brand, type BrandSettings, type LogoFacts, NO_BRAND } from "../domain/brand.ts";
import { decodeBase64, encodeBase64 } from "../lib/bytes.ts";
import type { NamedTexts } from "../lib/named-texts.ts";

const BRAND = "brand";
const LOGO = "brand-logo";

/** A logo with its bytes. */
export interface Logo extends LogoFacts {
  readonly content: Uint8Array;
}

/** The stored brand. */
export class BrandStore {
  readonly #settings: NamedTexts;
  constructor(settings: NamedTexts) {
    this.#settings = settings;
  }

  get(): Brand {
    return { ...NO_BRAND, ...this.#settings.read<Partial<Brand>>(BRAND) };
  }

  /** Replaces everything but the logo. */
  put(settings: BrandSettings): Brand {
    return this.#write({ ...settings, logo: this.get().logo });
  }

  /** @returns the logo's bytes, or null without a logo */
  logo(): Logo | null {
    const { logo } = this.get();
    const content = decodeBase64(this.#settings.get(LOGO) ?? "");
    return logo && content && { ...logo, content };
  }

  /** @param logo null removes the logo */
  putLogo(logo: Logo | null): Brand {
    if (logo === null) {
      this.#settings.remove(LOGO);
      return this.#write({ ...this.get(), logo: null });
    }
    const { content, ...facts } = logo;
    this.#settings.put(LOGO, encodeBase64(content));
    return this.#write({ ...this.get(), logo: facts });
  }

  #write(brand: Brand): Brand {
    this.#settings.write(BRAND, brand);
    return brand;
  }
}
