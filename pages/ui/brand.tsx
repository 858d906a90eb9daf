/** The brand: logo and name, and its links. */
import { t } from "../i18n/t.ts";
import { brand } from "../lib/brand.ts";

/** The logo and name, with which of the pages this is. */
export function Brand({ part, href }: { readonly part: string; readonly href?: string }) {
  const { name, logoUrl } = brand();
  const content = (
    <>
      {logoUrl === null ? <ProductMark /> : <img src={logoUrl} alt="" />}
      {name}
      <small>{part}</small>
    </>
  );
  return href === undefined ? (
    <span class="brand">{content}</span>
  ) : (
    <a class="brand" href={href}>
      {content}
    </a>
  );
}

function ProductMark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#17694c" />
      <path d="M5 12.5h22M5 19.5h22" stroke="#bfe6d3" stroke-width="2.6" stroke-linecap="round" />
      <path d="M10.5 7.5v17M21.5 7.5v17" stroke="#fff" stroke-width="3.2" stroke-linecap="round" />
    </svg>
  );
}

/** Links to help and terms, where the brand has them. */
export function BrandLinks() {
  const { supportUrl, termsUrl } = brand();
  return (
    <>
      {supportUrl !== null && (
        <a class="side-link" href={supportUrl}>
          {t("frame.support")}
        </a>
      )}
      {termsUrl !== null && (
        <a class="side-link" href={termsUrl}>
          {t("frame.terms")}
        </a>
      )}
    </>
  );
}
