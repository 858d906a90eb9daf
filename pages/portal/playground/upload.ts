/** Uploads a reference: always in parts, which for a small file is one, so that every size takes the same way and shows its progress. */
import type { ReferenceKind } from "./form.ts";

/** Most bytes of a reference by its kind, as the gateway has them (docs/api-contract.md, `POST /api/v1/files`). */
export const MOST_BYTES: Readonly<Record<ReferenceKind, number>> = {
  image: 30 * 2 ** 20,
  audio: 50 * 2 ** 20,
  video: 200 * 2 ** 20,
};

/** An upload that is complete. */
export interface Uploaded {
  readonly fileId: string;
  readonly url: string;
}

/** The response that begins an upload. */
interface Begun {
  readonly partBytes: number;
  readonly parts: readonly { readonly partNumber: number; readonly url: string }[];
  readonly completeUrl: string;
}

/** The calls of an upload, passed in for tests. */
export interface UploadParts {
  readonly begin: (file: { readonly bytes: number; readonly contentType: string }) => Promise<Begun>;
  /** Sends bytes to a signed URL. @param sent is told the bytes sent so far */
  readonly put: (url: string, body: Blob, sent: (bytes: number) => void) => Promise<void>;
  readonly complete: (url: string) => Promise<Uploaded>;
}

/** Parts that are sent again after a lost connection, each. */
const TRIES = 3;

/**
 * Uploads a file.
 *
 * @param progress is told the sent share, from 0 to 1
 * @throws what a call rejected with
 */
export async function uploadFile(file: File, calls: UploadParts, progress: (share: number) => void): Promise<Uploaded> {
  const begun = await calls.begin({ bytes: file.size, contentType: file.type });
  let done = 0;
  for (const { partNumber, url } of begun.parts) {
    const start = (partNumber - 1) * begun.partBytes;
    const part = file.slice(start, start + begun.partBytes);
    await withTries(() => calls.put(url, part, (bytes) => progress(Math.min(1, (done + bytes) / file.size))));
    done += part.size;
    progress(done / file.size);
  }
  return withTries(() => calls.complete(begun.completeUrl));
}

/** Repeats work that got no response: a part that is sent again replaces itself. */
async function withTries<T>(work: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || (error as { readonly status?: unknown }).status !== 0) throw error;
    }
  }
}
