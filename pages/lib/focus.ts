/** Where the keyboard goes when its place may be gone: after a dialog, and after a button that removes itself. */
import { whenLoaded } from "./when-loaded.ts";

const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled)";

/**
 * Remembers what has the focus. @returns a function that gives it back, if it is lost by then: to the same element, to one
 * of the same name, to the row in its place, or to the heading
 */
export function focusReturn(): () => void {
  const opener = document.activeElement;
  if (opener === null || opener === document.body) return () => {};
  const name = nameOf(opener);
  const section = opener.closest("search, .card, dialog");
  const row = opener.closest("tbody > tr");
  const index = row ? [...(row.parentElement?.children ?? [])].indexOf(row) : -1;
  return () =>
    whenLoaded(() => {
      const place = placeOf(section);
      if (!place || !isLost()) return;
      const rows = index < 0 ? [] : [...place.querySelectorAll("tbody > tr")].slice(index);
      const near = index < 0 ? place : rows[0];
      const same = [...(near?.querySelectorAll(FOCUSABLE) ?? [])].find((one) => nameOf(one) === name);
      const next = rows.map((one) => one.querySelector(FOCUSABLE)).find((one) => one !== null);
      ((same ?? next ?? startOf(place)) as HTMLElement | null)?.focus();
    });
}

/** Returns the section that is still there and can be reached; else the dialog on top, or the whole page. */
function placeOf(section: Element | null): Element | null {
  const top = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (section?.isConnected && (!top || top.contains(section))) return section;
  return top ?? document.getElementById("content");
}

function startOf(place: Element): Element | null {
  if (place.matches("search")) return place.querySelector(FOCUSABLE);
  const heading =
    place.querySelector<HTMLElement>(".card-head h2, .dialog-head h2") ?? document.querySelector("#content h1");
  if (heading) heading.tabIndex = -1;
  return heading;
}

function isLost(): boolean {
  const focused = document.activeElement;
  return focused === null || focused === document.body || !focused.isConnected;
}

function nameOf(element: Element): string {
  return element.getAttribute("aria-label") ?? element.textContent.trim();
}
