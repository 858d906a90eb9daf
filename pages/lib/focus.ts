/** Where the keyboard goes after a dialog: to what opened it, or to what has taken its place. */
import { whenLoaded } from "./when-loaded.ts";

const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled)";

/**
 * Remembers what has the focus. @returns a function that gives it back: to the same element, to one of the same name,
 * to the row in its place, or to the heading
 */
export function focusReturn(): () => void {
  const opener = document.activeElement;
  if (opener === null || opener === document.body) return () => {};
  const name = nameOf(opener);
  const row = opener.closest("tbody > tr");
  const index = row ? [...(row.parentElement?.children ?? [])].indexOf(row) : -1;
  return () =>
    whenLoaded(() => {
      if (document.querySelector("dialog[open]") || !isLost()) return;
      const content = document.getElementById("content");
      if (!content) return;
      const rows = index < 0 ? [] : [...content.querySelectorAll("tbody > tr")].slice(index);
      const places = index < 0 ? [content] : rows;
      const same = [...(places[0]?.querySelectorAll(FOCUSABLE) ?? [])].find((one) => nameOf(one) === name);
      const next = rows.map((one) => one.querySelector(FOCUSABLE)).find((one) => one !== null);
      const heading = content.querySelector<HTMLElement>(".card-head h2") ?? content.querySelector("h1");
      if (heading) heading.tabIndex = -1;
      ((same ?? next ?? heading) as HTMLElement | null)?.focus();
    });
}

function isLost(): boolean {
  const focused = document.activeElement;
  return focused === null || focused === document.body || !focused.isConnected;
}

function nameOf(element: Element): string {
  return element.getAttribute("aria-label") ?? element.textContent.trim();
}
