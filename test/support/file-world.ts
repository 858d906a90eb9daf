/** A tenant with one task for tests of serving: a path, its R2 key, and a context whose parts can be replaced. */
import { env } from "cloudflare:workers";
import { formatFileToken, objectName, parseFileName, resultKey } from "../../src/domain/file-link.ts";
import type { FileSource, TenantFacts } from "../../src/domain/file-source.ts";
import { formatTenantId } from "../../src/domain/key-format.ts";
import { serveFile } from "../../src/files/serve.ts";
import type { ServeContext } from "../../src/files/serve-context.ts";
import { encodeBase64Url } from "../../src/lib/bytes.ts";
import { ExpiringMap } from "../../src/lib/expiring-map.ts";

export const bucket = (env as unknown as { FILES: R2Bucket }).FILES;
export const ORIGIN = "https://files.example";

export interface WorldOptions extends Partial<Omit<ServeContext, "fileSource" | "tenantFacts">> {
  facts?: TenantFacts | null;
  source?: FileSource;
}

export function createWorld(options: WorldOptions = {}) {
  const tenantId = formatTenantId(crypto.getRandomValues(new Uint8Array(10)));
  const secret = encodeBase64Url(crypto.getRandomValues(new Uint8Array(15)));
  const token = formatFileToken({ tenantId, taskId: 12_345, secret });
  let others = "";
  const calls = {
    fileSource: [] as unknown[][],
    fetchResult: [] as string[],
    repair: [] as unknown[][],
    reports: [] as unknown[],
    unknown: [] as number[],
  };
  const { facts = { visibility: "public", deleted: false }, source = { state: "unknown" }, ...rest } = options;
  const ctx: ServeContext = {
    bucket,
    misses: new ExpiringMap(100),
    isSigned: async () => true,
    links: {
      waitSeconds: () => 0,
      countFailure: async () => void calls.unknown.push(1),
      lookUpWaitSeconds: async () => 0,
    },
    verifySignature: async () => false,
    tenantFacts: async (id) => (id === tenantId || id === others ? facts : null),
    fileSource: async (...args) => {
      calls.fileSource.push(args);
      return source;
    },
    report: (error) => calls.reports.push(error),
    repair: (...args) => calls.repair.push(args),
    ...rest,
    fetchResult: async (url, init) => {
      calls.fetchResult.push(url);
      if (rest.fetchResult === undefined) throw new Error("nothing should be fetched");
      return await rest.fetchResult(url, init);
    },
  };
  const keyOf = (name: string): string => {
    const parsed = parseFileName(name);
    if (parsed === null) throw new Error(name);
    return resultKey(tenantId, token, objectName(parsed));
  };
  return {
    tenantId,
    secret,
    token,
    calls,
    keyOf,
    pathOf: (name: string) => `/files/${token}/${name}`,
    put: (name: string, data: Uint8Array, contentType: string, kind = name.endsWith(".mp4") ? "video" : "image") =>
      bucket.put(keyOf(name), data, { httpMetadata: { contentType }, customMetadata: { kind } }),
    /** Request a file by name ("0.png", may have a query) or by path, perhaps of another world's tenant. */
    get(name: string, headers: Record<string, string> = {}, method = "GET", ofTenant = ""): Promise<Response> {
      others = ofTenant;
      const path = name.startsWith("/") ? name : `/files/${token}/${name}`;
      return serveFile(new Request(ORIGIN + path, { method, headers }), ctx);
    },
  };
}
