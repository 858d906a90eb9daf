/** Which methods an address takes, by the form of its path alone: for 405 and `Allow` (RFC 9110, section 15.5.6). */
import { TrieRouter } from "hono/router/trie-router";
import { once } from "./once.ts";

/** A route as Hono lists it; `ALL` is what middleware and catch-all handlers have. */
interface Route {
  readonly method: string;
  readonly path: string;
}

/**
 * @param routes all routes of an app, complete by the first call
 * @returns the methods that have a route for a path, in order and without `ALL`; none for a path of no known form
 */
export function allowedMethods(routes: readonly Route[]): (path: string) => string[] {
  const router = once(() => {
    const byPath = new TrieRouter<string>();
    for (const { method, path } of routes) if (method !== "ALL") byPath.add("ALL", path, method);
    return byPath;
  });
  return (path) => {
    const methods = new Set(
      router()
        .match("ALL", path)[0]
        .map(([method]) => method),
    );
    if (methods.has("GET")) methods.add("HEAD");
    return [...methods].sort();
  };
}
