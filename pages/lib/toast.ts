/** Short messages that come and go, read out by a screen reader. */
import { h } from "./dom.ts";

let region: HTMLElement | null = null;

/** Shows a message for some seconds. */
export function toast(message: string, tone: "good" | "bad" = "good"): void {
  region ??= h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  // Dialogs lie above everything else on the page, so the region goes with the topmost.
  const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (region.parentElement !== top) top.append(region);
  const entry = h("div", { class: `toast ${tone}` }, message);
  region.append(entry);
  setTimeout(() => entry.remove(), tone === "bad" ? 8_000 : 4_000);
}
