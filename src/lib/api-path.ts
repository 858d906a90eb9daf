/** Paths of the APIs and of `/mcp` as clients write them: a base URL that ends in a slash doubles it, and some tools add one. */
import { getPath } from "hono/utils/url";

const API = /^\/(?:api\/v1|admin\/v1|v1|mcp)(?:\/|$)/;

/** @returns the request's path; for the APIs (contract section 2) and `/mcp` without doubled and trailing slashes */
export function apiPath(request: Request): string {
  const path = getPath(request);
  if (!path.includes("//") && !path.endsWith("/")) return path;
  const plain = path.replace(/\/{2,}/g, "/").replace(/\/$/, "");
  return API.test(plain) ? plain : path;
}
