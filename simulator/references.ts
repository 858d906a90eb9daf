import { createHash } from "node:crypto";

/** What came of downloading one reference, as SeedHorse itself would have to. */
export interface ReferenceCheck {
  readonly url: string;
  /** HTTP status; 0 if there was no response */
  readonly status: number;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
}

const TIMEOUT_MS = 30_000;

/** Downloads every reference; never throws. Used only when a task or the server asks for it. */
export function checkReferences(urls: readonly string[]): Promise<ReferenceCheck[]> {
  return Promise.all(urls.map(checkReference));
}

async function checkReference(url: string): Promise<ReferenceCheck> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    for await (const chunk of response.body ?? []) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    const contentType = response.headers.get("content-type") ?? "";
    return { url, status: response.status, contentType, bytes, sha256: hash.digest("hex") };
  } catch {
    return { url, status: 0, contentType: "", bytes, sha256: "" };
  }
}
