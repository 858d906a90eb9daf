/**
 * Hono's routes in parts, each built at the first request that needs it. The router that Hono has by default makes one large
 * regular expression of all routes at once, for every method, and the first answer after a start would wait for all of that.
 */
import type { Result, Router } from "hono/router";

/** One route as Hono adds it. */
interface Route<T> {
  readonly method: string;
  readonly path: string;
  readonly handler: T;
  /** First segment of the paths it is for; null: any. */
  readonly segment: string | null;
}

/** Hono's name for a route that is for every method. */
const EVERY_METHOD = "ALL";

/** A part has the routes that can match one method and one first segment, so it finds what a router of all would find. */
export class PartitionedRouter<T> implements Router<T> {
  readonly name = "PartitionedRouter";
  readonly #routes: Route<T>[] = [];
  readonly #methods = new Set<string>();
  readonly #segments = new Set<string>();
  readonly #parts = new Map<string, Map<string, Router<T>>>();
  readonly #makeRouter: () => Router<T>;

  /** @param makeRouter makes the router of one part */
  constructor(makeRouter: () => Router<T>) {
    this.#makeRouter = makeRouter;
  }

  add(method: string, path: string, handler: T): void {
    const segment = path === "*" || /^\/[^/]*[:*{?]/.test(path) ? null : firstSegment(path);
    if (segment !== null) this.#segments.add(segment);
    this.#methods.add(method);
    this.#routes.push({ method, path, handler, segment });
    this.#parts.clear();
  }

  match(method: string, path: string): Result<T> {
    // Callers choose both, so what no route names shares one part: there are never more parts than routes allow.
    const knownMethod = this.#methods.has(method) ? method : EVERY_METHOD;
    const segment = firstSegment(path);
    return this.#part(knownMethod, this.#segments.has(segment) ? segment : "").match(method, path);
  }

  #part(method: string, segment: string): Router<T> {
    const known = this.#parts.get(method)?.get(segment);
    if (known) return known;
    const part = this.#makeRouter();
    for (const route of this.#routes) {
      const isForMethod = route.method === method || route.method === EVERY_METHOD;
      const isForSegment = route.segment === null || route.segment === segment;
      if (isForMethod && isForSegment) part.add(route.method, route.path, route.handler);
    }
    this.#parts.set(method, (this.#parts.get(method) ?? new Map<string, Router<T>>()).set(segment, part));
    return part;
  }
}

/** @param path beginning with a slash */
function firstSegment(path: string): string {
  const end = path.indexOf("/", 1);
  return end === -1 ? path.slice(1) : path.slice(1, end);
}
