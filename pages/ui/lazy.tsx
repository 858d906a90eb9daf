/** Pages that are loaded when they are opened: each becomes a file of its own (scripts/pages.ts). */
import type { ComponentChild } from "preact";
import { loadTexts } from "../i18n/t.ts";
import { Loaded } from "./parts.tsx";
import { useLoad } from "./use-data.ts";

function LazyPage<M>(props: { readonly load: () => Promise<M>; readonly show: (module: M) => ComponentChild }) {
  // The code itself is the key: a browser loads a module once.
  const module = useLoad(`module ${props.load}`, async () => (await Promise.all([props.load(), loadTexts()]))[0]);
  return <Loaded of={module}>{props.show}</Loaded>;
}

/** Returns a page whose module is loaded first. */
export function lazyPage<M>(load: () => Promise<M>, show: (module: M) => ComponentChild) {
  return <LazyPage load={load} show={show} />;
}

/** Modules of pages that most readers open sooner or later. */
const usual: (() => Promise<unknown>)[] = [];

/** Returns how to show pages of a module, which is loaded when they are opened or when the browser is idle. */
export function usualPages<M>(load: () => Promise<M>) {
  usual.push(load);
  return (show: (module: M) => ComponentChild) => lazyPage(load, show);
}

const IDLE_MS = 1_000;

/** Loads the modules of `usualPages` one by one as soon as the first page is shown and the browser has nothing to do. */
export function preloadPages(): void {
  const preload = async () => {
    for (const load of [loadTexts, ...usual]) await load().catch(() => {});
  };
  // Safari has no requestIdleCallback.
  if ("requestIdleCallback" in window) requestIdleCallback(() => void preload());
  else setTimeout(() => void preload(), IDLE_MS);
}
