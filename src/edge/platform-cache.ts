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
 * Returns the platform's cache; null where there is none. It does not import the runtime's module, because
 * requests that wait for one import at the same time may hang where modules are not bundled.
 *
 * @param places that may have it: the context of the invocation, or the runtime's module
 */
export function platformCache(...places: readonly { readonly cache?: unknown }[]): PlatformCache | null {
  for (const { cache } of places) {
    const { purge } = (cache ?? {}) as Partial<PlatformCache>;
    if (typeof purge === "function") return cache as PlatformCache;
  }
  return null;
}
