/**
 * The entrypoint of stored files, for which the platform's cache is on (wrangler.toml). Only this Worker calls it, by
 * loopback, so each request runs through the default entrypoint first and all decisions are made there (docs/files.md,
 * "At the edge").
 */
import { cache as ambientCache, WorkerEntrypoint } from "cloudflare:workers";
import type { PurgeCall } from "../domain/file-cache.ts";
import { serveStored } from "../files/stored.ts";

/** The result of a purge, as the platform returns it. */
export interface PurgeResult {
  readonly success: boolean;
  readonly errors?: readonly { readonly code: number; readonly message: string }[];
}

type Purge = (call: PurgeCall) => Promise<PurgeResult>;

/** Returns the platform's purge of the entrypoint that runs; null where there is no cache, as in local development. */
export function platformPurge(ctx: { readonly cache?: unknown }): Purge | null {
  const cache = (ctx.cache ?? ambientCache) as { purge?: Purge } | undefined;
  return cache !== undefined && typeof cache.purge === "function" ? (call) => (cache.purge as Purge)(call) : null;
}

/** Stored files behind the edge cache. */
export class Files extends WorkerEntrypoint<Bindings> {
  /** Returns a stored file; see `serveStored`. */
  override fetch(request: Request): Promise<Response> {
    return serveStored(request, this.env.FILES);
  }

  /** Removes entries from the cache: a purge reaches those of the entrypoint that calls it, so the call is made here. */
  async purge(call: PurgeCall): Promise<PurgeResult> {
    const purge = platformPurge(this.ctx);
    return purge === null ? { success: true } : await purge(call);
  }
}
