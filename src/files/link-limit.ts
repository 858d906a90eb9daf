/** Limits what links without a valid MAC or signature may ask of R2 and of tenants' objects. */
import { ExpiringMap } from "../lib/expiring-map.ts";

/** The limit of one client network. A link that works never counts. */
export interface LinkLimit {
  /** @returns seconds until a link that fails may ask anything beyond R2 again; 0: now */
  waitSeconds(): number;
  /** Counts a link that does not work: its token was never handed out, or its signature is wrong or has expired. */
  countFailure(): Promise<void>;
  /**
   * Call it before R2 is asked whether a token without a MAC exists. While the network is over its limit, such look-ups
   * are counted in turn, so that old links keep working beside a flood and a larger flood is refused.
   *
   * @returns seconds until R2 may be asked again; 0: now
   */
  lookUpWaitSeconds(): Promise<number>;
}

/** Tokens without a MAC that R2 has, 40 bytes each: their links are never limited. */
const realTokens = new ExpiringMap<true>(10_000);

/**
 * Asks R2 about a token without a MAC.
 *
 * @param find null: R2 does not have the file
 * @returns what `find` returned, or the seconds after which R2 may be asked again
 */
export async function findUnsigned<T>(
  token: string,
  limit: LinkLimit,
  find: () => Promise<T | null>,
): Promise<T | null | { readonly waitSeconds: number }> {
  const waitSeconds = realTokens.get(token, 0) ? 0 : await limit.lookUpWaitSeconds();
  if (waitSeconds > 0) return { waitSeconds };
  const found = await find();
  if (found !== null) realTokens.set(token, true, Number.POSITIVE_INFINITY);
  return found;
}
