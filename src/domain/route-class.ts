/** Classes of routes, the label by which requests are counted. */

/** Path prefixes and their class; the first that fits counts. */
const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/^\/api\/v1\/task\/generate$/, "submit"],
  [/^\/api\/v1\/task\/estimate$/, "estimate"],
  [/^\/api\/v1\/query\//, "query"],
  [/^\/api\/v1\/tasks\/[^/]+\/events$/, "events"],
  [/^\/api\/v1\/tasks\/[^/]+\/deliveries|^\/api\/v1\/(webhook|deliveries)/, "webhooks"],
  [/^\/api\/v1\/tasks/, "tasks"],
  [/^\/api\/v1\/files/, "uploads"],
  [/^\/api\/v1\//, "account"],
  [/^\/admin\/v1\//, "operator"],
  [/^\/v1\//, "openai"],
  [/^\/mcp$/, "mcp"],
  [/^\/files\//, "results"],
  [/^\/uploads\//, "references"],
  [/^\/portal/, "portal"],
  [/^\/metrics$/, "metrics"],
  [/^\/healthz$/, "health"],
];

/** Returns the class of a path: one of few, whatever the path. */
export function routeClass(path: string): string {
  return CLASSES.find(([pattern]) => pattern.test(path))?.[1] ?? "other";
}
