/**
 * Which page is shown: the part of the URL after `#`, which browsers never send anywhere. After its `?` are the settings
 * of a list, so that going back finds the list as it was.
 */
import type { ComponentChild } from "preact";

/** A page: its path with `:name` for what differs, and what to show. */
export interface Route {
  readonly path: string;
  readonly show: (parameters: Readonly<Record<string, string>>) => ComponentChild;
  /** Which entry of the navigation it belongs to. */
  readonly section: string;
}

/** Returns the path after `#`; `/` if there is none. */
export function currentPath(): string {
  return location.hash.replace(/^#/, "").split("?")[0] || "/";
}

/** Returns a setting of the list that is shown, "" if it is not set. */
export function listSetting(name: string): string {
  return settings().get(name) ?? "";
}

/** Sets settings of the list that is shown; "" and null remove them. The history does not grow. */
export function setListSettings(values: Readonly<Record<string, string | number | null>>): void {
  const next = settings();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, String(value));
  }
  const query = next.toString();
  history.replaceState(history.state, "", `#${currentPath()}${query === "" ? "" : `?${query}`}`);
  addresses.set(currentPath(), location.hash);
  for (const listener of listeners) listener();
}

const listeners = new Set<() => void>();

/** Calls `listener` after each change of the list's settings. @returns how to stop */
export function onListSettings(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Returns the address of a page as it was shown last, with its list's settings. */
export function lastAddress(path: string): string {
  return addresses.get(path) ?? `#${path}`;
}

function settings(): URLSearchParams {
  return new URLSearchParams(location.hash.split("?")[1] ?? "");
}

/** The last address of each page, with its list's settings. */
const addresses = new Map<string, string>();

/** @returns the first route that fits, with what its parameters are */
export function matchRoute(
  routes: readonly Route[],
  path: string,
): { route: Route; parameters: Record<string, string> } | null {
  for (const route of routes) {
    const pattern = new RegExp(`^${route.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
    const match = pattern.exec(path);
    if (match) return { route, parameters: { ...match.groups } };
  }
  return null;
}

/** Makes "Skip to content" move the keyboard; as a link it would be taken for the address of a page. */
export function enableSkipLink(text: string): void {
  const link = document.querySelector<HTMLElement>(".skip-link");
  if (!link) return;
  link.textContent = text;
  link.onclick = (event) => {
    event.preventDefault();
    document.getElementById("content")?.focus();
  };
}

/** Keeps the window's title: the page's tab and heading, and `site`. @returns how to stop */
export function followTitle(content: HTMLElement, ...site: string[]): () => void {
  const update = () => {
    const tab = content.querySelector('.tabs [aria-current="page"]')?.textContent;
    const heading = content.querySelector("h1")?.firstChild?.textContent;
    const title = [...new Set([tab, heading, ...site])].filter(Boolean).join(" · ");
    if (document.title !== title) document.title = title;
  };
  const observer = new MutationObserver(update);
  observer.observe(content, { childList: true, subtree: true, characterData: true });
  update();
  return () => observer.disconnect();
}

const SAVE_SCROLL_MS = 150;
const READER_INPUT = ["wheel", "touchstart", "pointerdown", "keydown"];

/** Shows the page for every path from now on. @returns how to stop */
export function startRouter(
  routes: readonly Route[],
  render: (page: ComponentChild, section: string) => void,
): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const update = () => {
    const found = matchRoute(routes, currentPath());
    if (!found) return location.replace("#/");
    addresses.set(currentPath(), location.hash);
    render(found.route.show(found.parameters), found.route.section);
    restoreScroll();
  };
  // An entry of the history remembers how far it was scrolled; a new entry has no state.
  let restoring: AbortController | null = null;
  const endRestoring = () => {
    restoring?.abort();
    restoring = null;
  };
  const restoreScroll = () => {
    endRestoring();
    const top = (history.state as { scroll?: number } | null)?.scroll ?? 0;
    scrollTo({ top: 0, behavior: "instant" });
    if (top === 0) return;
    restoring = new AbortController();
    const { signal: ended } = restoring;
    // A page that loads grows and may shrink again, so the place is held until the reader does something.
    const sizes = new ResizeObserver(() => scrollTo({ top, behavior: "instant" }));
    sizes.observe(document.body);
    ended.addEventListener("abort", () => sizes.disconnect());
    for (const input of READER_INPUT) addEventListener(input, endRestoring, { signal: ended });
  };
  let timer = 0;
  const saveScroll = () => {
    if (restoring) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => history.replaceState({ scroll: Math.round(scrollY) }, ""), SAVE_SCROLL_MS);
  };
  const onChange = () => {
    clearTimeout(timer);
    update();
    document.getElementById("content")?.focus({ preventScroll: true });
  };
  history.scrollRestoration = "manual";
  addEventListener("scroll", saveScroll, { signal });
  addEventListener("hashchange", onChange, { signal });
  update();
  return () => {
    clearTimeout(timer);
    endRestoring();
    stop.abort();
  };
}
