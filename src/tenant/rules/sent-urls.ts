/**
 * Where URLs begin that are sent to somebody else: webhooks and portal links. Responses use the origin of their request, but a
 * request's `Host` is its caller's choice, so it must not reach anybody else (contract section 1).
 */
import type { TenantContext } from "../context.ts";

/** How long what the Directory said is used again. */
const REMEMBERED_MS = 60_000;

type Parts = Pick<TenantContext, "config" | "meta" | "directory" | "clock">;

/** Returns URLs for webhooks and portal links, whatever Host a caller chose. */
export class SentUrls {
  readonly #parts: Parts;
  #operator: { readonly origin: string | null; readonly until: number } = { origin: null, until: 0 };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * @returns PUBLIC_BASE_URL, else the origin at which the operator created the tenant; for tenants of release 0.1, which did
   *   not record it, that of the last call of the operator; null if there was none since then
   * @throws what the Directory's failure was, if it has to be asked
   */
  async base(): Promise<string | null> {
    return this.#parts.config.publicBaseUrl ?? (await this.origin());
  }

  /** The same without PUBLIC_BASE_URL, which may serve files alone: for the portal's pages. */
  async origin(): Promise<string | null> {
    const { meta, directory, clock } = this.#parts;
    const recorded = meta.tenant()?.origin;
    if (recorded !== undefined) return recorded;
    const now = clock.now();
    if (now >= this.#operator.until) {
      this.#operator = { origin: await directory.operatorOrigin(), until: now + REMEMBERED_MS };
    }
    return this.#operator.origin;
  }
}
