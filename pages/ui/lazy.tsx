/** Pages that are loaded when they are opened: each becomes a file of its own (scripts/pages.ts). */
import type { ComponentChild } from "preact";
import { Loaded } from "./parts.tsx";
import { useLoad } from "./use-data.ts";

function LazyPage<M>(props: { readonly load: () => Promise<M>; readonly show: (module: M) => ComponentChild }) {
  // The code itself is the key: a browser loads a module once.
  const module = useLoad(`module ${props.load}`, props.load);
  return <Loaded of={module}>{props.show}</Loaded>;
}

/** Returns a page whose module is loaded first. */
export function lazyPage<M>(load: () => Promise<M>, show: (module: M) => ComponentChild) {
  return <LazyPage load={load} show={show} />;
}
