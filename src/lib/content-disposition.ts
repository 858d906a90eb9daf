/** Content-Disposition for downloads (RFC 6266), with names in any script (RFC 8187). */

const MAX_NAME_CHARACTERS = 150;

/**
 * A file name that is safe to write into a header and to save: no path, no control or format characters, no leading
 * dots, nothing a file system reserves.
 *
 * @returns the name, or `fallback` if nothing is left of it
 */
export function sanitizeFileName(name: string, fallback: string): string {
  const cleaned = name
    .toWellFormed()
    .normalize("NFC")
    // Control, format (bidirectional overrides hide an extension), line and paragraph separators, and U+FFFD.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/gu, "")
    .replace(/[/\\:*?"<>|]/g, "_")
    .replace(/^[\s.]+|[\s.]+$/g, "");
  return [...cleaned].slice(0, MAX_NAME_CHARACTERS).join("").trim() || fallback;
}

/** `attr-char` of RFC 8187 section 3.2.1 is narrower than what encodeURIComponent leaves alone. */
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * `attachment` under a name: as a quoted ASCII string for old clients and, where that does not suffice, as UTF-8.
 *
 * @param name - what the caller asked for; sanitised here
 * @param fallback - an ASCII name to use when nothing is left of it
 */
export function attachment(name: string, fallback: string): string {
  const safe = sanitizeFileName(name, fallback);
  // A percent sign would be decoded by some clients (RFC 6266 appendix D).
  const ascii = safe.replace(/[^\x20-\x7e]|%/gu, "_");
  const quoted = `attachment; filename="${ascii}"`;
  return ascii === safe ? quoted : `${quoted}; filename*=UTF-8''${encodeExtended(safe)}`;
}
