/** The platform's cache, if it has one: local development does not. */
import type { PurgeCall } from "../domain/file-cache.ts";

/** The result of a purge, as the platform returns it. */
export interface PurgeResult {
  readonly success: boolean;
  readonly errors?: readonly { readonly code: number; readonly message: string }[];
}

/** The cache of the entrypoint that runs. */
export interface PlatformCache {
  purge(call: PurgeCall): Promise<PurgeResult>;
}

/**
 * Returns the platform's cache; null where there is none.
 *
 * @param ctx of the invocation; where it has no `cache`, the one of the runtime's module counts, which is the same
 */
export async function platformCache(ctx: { readonly cache?: unknown }): Promise<PlatformCache | null> {
  const cache = (ctx.cache ?? (await import("cloudflare:workers")).cache) as Partial<PlatformCache> | undefined;
  return typeof cache?.purge === "function" ? (cache as PlatformCache) : null;
}
