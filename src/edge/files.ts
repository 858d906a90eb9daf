/**
 * The entrypoint of stored files, for which the platform's cache is on (wrangler.toml). Only this Worker calls it, by
 * loopback, so each request runs through the default entrypoint first and all decisions are made there (docs/files.md,
 * "At the edge").
 */
import * as runtime from "cloudflare:workers";
import type { PurgeCall } from "../domain/file-cache.ts";
import { serveStored } from "../files/stored.ts";
import { type PurgeResult, platformCache } from "./platform-cache.ts";

/** Stored files behind the edge cache. */
export class Files extends runtime.WorkerEntrypoint<Bindings> {
  /** Returns a stored file; see `serveStored`. */
  override fetch(request: Request): Promise<Response> {
    return serveStored(request, this.env.FILES);
  }

  /** Removes entries from the cache: a purge reaches those of the entrypoint that calls it, so the call is made here. */
  async purge(call: PurgeCall): Promise<PurgeResult> {
    // Whether the context of a call like this one has the cache is not documented; that of the module is the same.
    const cache = platformCache(this.ctx, runtime as { readonly cache?: unknown });
    return cache === null ? { success: true } : await cache.purge(call);
  }
}
