/** What serving a file depends on; the Worker passes it in. */
import type { FileToken } from "../domain/file-link.ts";
import type { FileSource, TenantFacts } from "../domain/file-source.ts";
import type { ExpiringMap } from "../lib/expiring-map.ts";
import type { EdgeFetcher } from "./edge-read.ts";
import type { LinkLimit } from "./link-limit.ts";
import type { FetchResult } from "./pass-through.ts";

/** How long the status of a missing file is remembered, in ms. */
export const MISS_MS = 2_000;

/** Dependencies of serving files. */
export interface ServeContext {
  bucket: R2Bucket;
  /** The entrypoint behind the edge cache; null: the platform has no such cache, or it is switched off. */
  edge?: EdgeFetcher | null;
  /** True if the token has a MAC by one of the signing secrets. */
  isSigned(token: FileToken): Promise<boolean>;
  links: LinkLimit;
  /**
   * Short-lived memory: paths of missing files and URLs with a wrong signature, with their status; R2 keys of images that
   * cannot be resized.
   */
  misses: ExpiringMap<403 | 404 | 410>;
  /** Resizes images; null where the platform's binding is not configured. */
  images?: ImagesBinding | null;
  /** True if the query has a valid, unexpired signature for the path. */
  verifySignature(path: string, query: URLSearchParams): Promise<boolean>;
  /** Null: no such tenant. The caller caches it for some seconds. */
  tenantFacts(tenantId: string): Promise<TenantFacts | null>;
  /** `name` is the last segment of the path, for example "0.png" or "t0.png". */
  fileSource(tenantId: string, taskId: number, secret: string, name: string): Promise<FileSource>;
  /** Request an upstream file (see `fetchFollowing`). */
  fetchResult: FetchResult;
  /** Called when the upstream has no usable file at its URL: the copy must be tried now, with a fresh URL. */
  repair?(tenantId: string, taskId: number, secret: string, name: string): void;
  /** Milliseconds since the epoch; default: the real clock. */
  now?(): number;
  /**
   * Called with the reason for a 503, or for a 202 although the file is finished upstream; the message contains no URL.
   */
  report?(error: unknown): void;
}
