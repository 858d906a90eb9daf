/** A part of a page that is a DOM node made by hand (lib/dom.ts), until it is a component. */
import { useLayoutEffect, useRef } from "preact/hooks";

/** Shows a node; another `of` makes it anew. */
export function Legacy({ make, of = "" }: { readonly make: () => Node; readonly of?: string }) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(make);
  latest.current = make;
  useLayoutEffect(() => place.current?.replaceChildren(latest.current()), [of]);
  return <div ref={place} />;
}
