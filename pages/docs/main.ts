/** What a script adds to the reference, which is complete without one: language, example, copying, filtering, where one is. */
import { applyTheme } from "../lib/theme.ts";
import { themeButton } from "./theme-button.ts";

applyTheme();
document.querySelector("[data-theme-slot]")?.replaceWith(themeButton());

const all = <E extends HTMLElement>(selector: string, root: ParentNode = document) => [
  ...root.querySelectorAll<E>(selector),
];

/** Host in the samples of the page (openapi/reference/call.ts), which is the same for every reader and every host. */
const PLACEHOLDER_ORIGIN = "https://gateway.example";

for (const sample of all("pre")) {
  const texts = document.createTreeWalker(sample, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    if (node.nodeValue) node.nodeValue = node.nodeValue.replaceAll(PLACEHOLDER_ORIGIN, location.origin);
  }
}

/** The chosen language counts for every call, the chosen example for its own. */
function showSamples(panel: HTMLElement, language: string): void {
  const example = String(panel.querySelector("select")?.selectedIndex ?? 0);
  for (const tab of all(".tab", panel)) tab.setAttribute("aria-selected", String(tab.dataset.language === language));
  for (const sample of all("pre", panel)) {
    sample.hidden = sample.dataset.language !== language || sample.dataset.example !== example;
  }
}

const panels = all("[data-samples]");
for (const panel of panels) {
  for (const tab of all(".tab", panel)) {
    tab.addEventListener("click", () => {
      const before = tab.getBoundingClientRect().top;
      for (const other of panels) showSamples(other, tab.dataset.language ?? "curl");
      // Panels above have changed their height; the one that was clicked stays where it is.
      scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
    });
  }
  panel.querySelector("select")?.addEventListener("change", () => {
    showSamples(panel, panel.querySelector<HTMLElement>('[aria-selected="true"]')?.dataset.language ?? "curl");
  });
}

for (const button of all("[data-copy]")) {
  button.addEventListener("click", async () => {
    const sample = all("pre", button.closest(".panel") ?? document).find((one) => !one.hidden);
    await navigator.clipboard.writeText(sample?.textContent ?? "");
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = "Copy";
    }, 1_500);
  });
}

const filter = document.querySelector<HTMLInputElement>("[data-filter]");
filter?.addEventListener("input", () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const entry of all("[data-find]")) {
    entry.hidden = !words.every((word) => entry.dataset.find?.includes(word));
    if (!entry.hidden && entry.matches(".call, [data-prose] > section")) found += 1;
  }
  for (const group of all("[data-group]")) group.hidden = all("[data-find]", group).every((entry) => entry.hidden);
  for (const prose of all("[data-prose]")) prose.hidden = all("[data-find]", prose).every((part) => part.hidden);
  for (const note of all("[data-nothing]")) note.hidden = found > 0;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
  event.preventDefault();
  filter?.focus();
});

/** Scrolls the index alone: the page itself is where its reader wants it. */
function showInIndex(link: HTMLElement | undefined): void {
  const index = link?.closest(".index");
  if (!link || !index) return;
  const [outer, inner] = [index.getBoundingClientRect(), link.getBoundingClientRect()];
  if (inner.top < outer.top + 40 || inner.bottom > outer.bottom - 40) {
    index.scrollTop += inner.top - outer.top - outer.height / 2;
  }
}

const links = new Map(all<HTMLAnchorElement>(".index a").map((link) => [link.hash.slice(1), link]));
const visible = new Set<string>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) visible.add(target.id);
      else visible.delete(target.id);
    }
    const current = [...links.keys()].find((id) => visible.has(id));
    if (current === undefined) return;
    for (const [id, link] of links) link.setAttribute("aria-current", String(id === current));
    showInIndex(links.get(current));
  },
  { rootMargin: "-70px 0px -60% 0px" },
);
for (const id of links.keys()) {
  const target = document.getElementById(id);
  if (target) observer.observe(target);
}
