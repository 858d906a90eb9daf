/** The doctor's check of the platform's cache in front of stored files (docs/files.md, "At the edge"). */
import type { GatewayClient } from "../gateway-client.ts";
import { type Outcome, ok, skipped, warning } from "./check.ts";
import { look } from "./look.ts";

const TENANTS_WITH_FILES = 10;

/** Returns whether the second read of a stored file is a hit. */
export async function edgeCache(operator: GatewayClient): Promise<Outcome> {
  const file = await someFile(operator);
  if (file === null) return skipped("needs a finished task of a tenant with public files");
  // One byte, so that a file of any size costs no time; a part of a large file is never cached.
  const read = async () => {
    const response = await look(file, { headers: { range: "bytes=0-0" } });
    await response.body?.cancel();
    return response.headers.get("cache-status");
  };
  await read();
  const second = await read();
  if (second?.includes("hit")) return ok("the second read is a hit");
  const remedy =
    second === null
      ? "check EDGE_CACHE and [exports.Files] in wrangler.toml, then npm run deploy"
      : "set enabled = true under [cache] and switch it off for default and Courier under [exports] (wrangler.toml)";
  return warning(second === null ? "a file is read from R2 each time" : `the second read is no hit: ${second}`, remedy);
}

/** Returns the public URL of a file that is in R2, of a tenant that worked lately; null if there is none. */
async function someFile(operator: GatewayClient): Promise<string | null> {
  const path = `/admin/v1/tenants?sort=-lastActive&limit=${TENANTS_WITH_FILES}`;
  const { tenants } = await operator.call<{ tenants: { tenantId: string }[] }>("GET", path);
  for (const { tenantId } of tenants) {
    const { tasks } = await operator.call<{ tasks: { results?: { fileUrl: string | null; mirrored: boolean }[] }[] }>(
      "GET",
      `/admin/v1/tenants/${tenantId}/tasks?status=2&limit=20`,
    );
    for (const { fileUrl, mirrored } of tasks.flatMap(({ results = [] }) => results)) {
      // A signed link has a query, and is never cached.
      if (mirrored && fileUrl !== null && /\.png$/.test(fileUrl)) return fileUrl;
    }
  }
  return null;
}
