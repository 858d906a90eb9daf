/** The product's mark and name. */

/** The mark and name, with which of the pages this is. */
export function Brand({ part, href }: { readonly part: string; readonly href?: string }) {
  const content = (
    <>
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#17694c" />
        <path d="M5 12.5h22M5 19.5h22" stroke="#bfe6d3" stroke-width="2.6" stroke-linecap="round" />
        <path d="M10.5 7.5v17M21.5 7.5v17" stroke="#fff" stroke-width="3.2" stroke-linecap="round" />
      </svg>
      Paddock<small>{part}</small>
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
