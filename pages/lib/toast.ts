/** Short messages that come and go, read out by a screen reader. */

let region: HTMLElement | null = null;

/** Shows a message for some seconds. */
export function toast(message: string, tone: "good" | "bad" = "good"): void {
  region ??= newRegion();
  // Dialogs lie above everything else on the page, so the region goes with the topmost.
  const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (region.parentElement !== top) top.append(region);
  const entry = document.createElement("div");
  entry.className = `toast ${tone}`;
  entry.textContent = message;
  region.append(entry);
  setTimeout(() => entry.remove(), tone === "bad" ? 8_000 : 4_000);
}

function newRegion(): HTMLElement {
  const element = document.createElement("div");
  element.className = "toasts";
  element.role = "status";
  element.ariaLive = "polite";
  return element;
}
