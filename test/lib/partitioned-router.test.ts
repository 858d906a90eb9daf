import fc from "fast-check";
import type { Result, Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { PartitionedRouter } from "../../src/lib/partitioned-router.ts";

type Route = readonly [method: string, path: string];

const whole = () => new SmartRouter<string>({ routers: [new RegExpRouter(), new TrieRouter()] });

/** The handlers that were found, in their order, each with its parameters by name. */
function found([handlers, stash]: Result<string>): unknown {
  return handlers.map(([handler, parameters]) => [
    handler,
    Object.fromEntries(Object.entries(parameters).map(([name, at]) => [name, stash ? stash[at as number] : at])),
  ]);
}

function filled(router: Router<string>, routes: readonly Route[]): Router<string> {
  for (const [index, [method, path]] of routes.entries()) router.add(method, path, `${index} ${method} ${path}`);
  return router;
}

function expectSame(routes: readonly Route[], requests: readonly Route[]): void {
  const parts = filled(new PartitionedRouter(whole), routes);
  const one = filled(whole(), routes);
  for (const [method, path] of requests) {
    expect(found(parts.match(method, path)), `${method} ${path}`).toEqual(found(one.match(method, path)));
  }
}

const METHODS = ["GET", "POST", "DELETE", "ALL"];
/** A star only at the end: in the middle, Hono's own routers do not agree about it. */
const SEGMENTS = ["a", "b", "api", "v1", ":id"];
const path = (segments: readonly string[]) =>
  fc.array(fc.constantFrom(...segments), { maxLength: 4 }).map((parts) => `/${parts.join("/")}`);

describe("routes in parts", () => {
  it("find what one router of all routes finds, for any routes and requests", () => {
    const routePath = fc.tuple(path(SEGMENTS), fc.boolean()).map(([start, open]) => (open ? `${start}/*` : start));
    const cleanPath = routePath.map((text) => text.replace("//", "/"));
    const routes = fc.array(fc.tuple(fc.constantFrom(...METHODS), cleanPath), { minLength: 1, maxLength: 12 });
    const requests = fc.array(
      fc.tuple(fc.constantFrom("GET", "POST", "DELETE", "PUT", "BREW"), path(["a", "b", "api", "v1", "x", ""])),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(fc.property(routes, requests, expectSame), { numRuns: 2_000 });
  });

  it("find the app's own", () => {
    const routes = createApp().routes.map(({ method, path }): Route => [method, path]);
    const requests = routes.flatMap(({ 0: method, 1: path }): Route[] => {
      const concrete = path.replace(/:\w+/g, "some").replace("*", "x/y");
      return ["GET", "POST", "OPTIONS", method].flatMap((asked): Route[] => [
        [asked, concrete],
        [asked, `${concrete}/`],
        [asked, `/${concrete}`],
        [asked, `${concrete}/more`],
      ]);
    });
    expectSame(routes, [...requests, ["GET", "/"], ["GET", "/no/such"], ["GET", "/api"], ["GET", "/apis/v1"]]);
  });

  it("can be added to after they were searched", () => {
    const router = new PartitionedRouter(whole);
    router.add("GET", "/a", "first");
    expect(found(router.match("GET", "/b"))).toEqual([]);
    router.add("GET", "/b", "second");
    expect(found(router.match("GET", "/b"))).toEqual([["second", {}]]);
  });
});
