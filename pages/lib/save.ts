/** Saving files that a page made or fetched. */

const REVOKE_AFTER_MS = 10_000;

/** Offers a file to be saved. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
