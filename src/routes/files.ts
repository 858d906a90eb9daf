/** `/files/{token}/{name}`: results under their stable URLs; no envelope, no credentials. */
import { type AppContext, tenantObject } from "../context.ts";
import { fetchFollowing } from "../courier/download.ts";
import { isSignedFileToken, verifyFileSignature } from "../domain/file-link.ts";
import type { TenantFacts } from "../domain/file-source.ts";
import { platformCache } from "../edge/platform-cache.ts";
import type { EdgeFetcher } from "../files/edge-read.ts";
import { serveFile } from "../files/serve.ts";
import { ExpiringMap } from "../lib/expiring-map.ts";
import { logEvent } from "../lib/log.ts";
import { linkLimit } from "../middleware/edge-limit.ts";

/** Longest age of cached facts about a tenant (contract: files are gone within 10 s). */
const FACTS_MAX_AGE_MS = 8_000;
/** Longest wait for an upstream's headers while a caller waits; after it the file is not ready. */
const UPSTREAM_HEADERS_MS = 10_000;

/** At most 10,000 entries of up to about 700 bytes, for two seconds each. */
const misses = new ExpiringMap<403 | 404 | 410>(10_000);
const cachedFacts = new ExpiringMap<TenantFacts | null>(10_000);

/**
 * Returns the facts about a tenant that a file request needs: from this isolate for some seconds, otherwise from the
 * tenant's object.
 */
export async function tenantFacts(c: AppContext, tenantId: string): Promise<TenantFacts | null> {
  const now = Date.now();
  const cached = cachedFacts.get(tenantId, now);
  if (cached !== undefined) return cached;
  const facts = await tenantObject(c, tenantId).fileFacts();
  cachedFacts.set(tenantId, facts, now + FACTS_MAX_AGE_MS);
  return facts;
}

/**
 * Drops the cached facts of a tenant that was changed, or of which a task was deleted. In this isolate the change applies at
 * once, in others when their facts have aged.
 */
export function dropTenantFacts(tenantId: string): void {
  cachedFacts.delete(tenantId);
}

/**
 * Returns the entrypoint behind the edge cache; null where the platform has no such cache or EDGE_CACHE switches it off.
 * Without a cache the loopback would only add a call.
 */
function edgeOf(c: AppContext): EdgeFetcher | null {
  if (!c.get("config").edgeCache) return null;
  if (c.env.EDGE) return c.env.EDGE;
  const ctx = c.executionCtx as unknown as { readonly cache?: unknown; readonly exports: LoopbackExports };
  return platformCache(ctx) === null ? null : ctx.exports.Files;
}

/** Serves the result file of the request's URL, or of another `request` for a stable URL. */
export async function serveResult(c: AppContext, request: Request = c.req.raw): Promise<Response> {
  return serveFile(request, {
    bucket: c.env.FILES,
    edge: edgeOf(c),
    misses,
    isSigned: (token) => isSignedFileToken(token, c.get("secrets")),
    links: linkLimit(c),
    images: c.env.IMAGES ?? null,
    verifySignature: (path, query) => verifyFileSignature(path, query, c.get("secrets"), Date.now()),
    tenantFacts: (tenantId) => {
      c.set("tenantId", tenantId);
      return tenantFacts(c, tenantId);
    },
    fileSource: (tenantId, taskId, secret, name) => {
      c.set("taskId", taskId);
      return tenantObject(c, tenantId).fileSource(taskId, secret, name);
    },
    repair: (tenantId, taskId, secret, name) => {
      const work = c.env.TENANTS.getByName(tenantId).repairFile(taskId, secret, name);
      c.executionCtx.waitUntil(work.catch(() => {}));
    },
    fetchResult: (url, init) => fetchFollowing(fetch, url, init, UPSTREAM_HEADERS_MS),
    report: (error) =>
      logEvent("warn", "file", { requestId: c.get("requestId"), tenantId: c.get("tenantId"), error: String(error) }),
  });
}
