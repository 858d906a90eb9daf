/**
 * The start of URLs that are sent to third parties: in webhooks and portal links. Responses use the origin of their
 * request, but a caller chooses its request's `Host`, so that must not reach anyone else (contract section 1).
 */
import { MINUTE_MS } from "../../domain/calendar.ts";
import type { TenantContext } from "../context.ts";

/** Time in ms for which the Directory's response is reused. */
const REMEMBERED_MS = MINUTE_MS;

type Parts = Pick<TenantContext, "config" | "meta" | "directory" | "clock">;

/** Returns the start of URLs in webhooks and portal links, independent of any caller's Host. */
export class SentUrls {
  readonly #parts: Parts;
  #operator: { readonly origin: string | null; readonly until: number } = { origin: null, until: 0 };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * @returns PUBLIC_BASE_URL, otherwise the origin at which the operator created the tenant. Release 0.1 did not record
   * that origin: for its tenants, the origin of the operator's last call; null if there was none since
   * @throws the Directory's error, if it has to be asked and fails
   */
  async base(): Promise<string | null> {
    return this.#parts.config.publicBaseUrl ?? (await this.origin());
  }

  /** Returns the same without PUBLIC_BASE_URL, which may serve files only: for the portal's pages. */
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
