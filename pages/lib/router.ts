/** Which page is shown: the part of the URL after `#`, which browsers never send anywhere. */

/** A page: its path with `:name` for what differs, and what to show. */
export interface Route {
  readonly path: string;
  readonly show: (parameters: Readonly<Record<string, string>>) => Node;
  /** Which entry of the navigation it belongs to. */
  readonly section: string;
}

/** Returns the path after `#`; `/` if there is none. */
export function currentPath(): string {
  return location.hash.replace(/^#/, "") || "/";
}

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

/** Shows the page for every path from now on. @returns how to stop */
export function startRouter(routes: readonly Route[], render: (page: Node, section: string) => void): () => void {
  const stop = new AbortController();
  const update = () => {
    const found = matchRoute(routes, currentPath());
    if (found) render(found.route.show(found.parameters), found.route.section);
    else location.replace("#/");
  };
  const onChange = () => {
    update();
    scrollTo({ top: 0, behavior: "instant" });
    document.getElementById("content")?.focus({ preventScroll: true });
  };
  addEventListener("hashchange", onChange, { signal: stop.signal });
  update();
  return () => stop.abort();
}
