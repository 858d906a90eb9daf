/** Sends a file as a reference: what is wrong with it before, and the calls of its upload in a browser. */
import { t } from "../../i18n/t.ts";
import { Api, ApiError, readError } from "../../lib/api.ts";
import { messageOf } from "../../ui/message.ts";
import type { Reference, ReferenceKind } from "./form.ts";
import { MOST_BYTES, type UploadParts, uploadFile } from "./upload.ts";

/** Signed URLs need no credential. They are of the gateway that this page is of. */
const signed = new Api({ base: "", headers: () => ({}), onSignedOut: () => {} });

const pathOf = (url: string) => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

/** @returns why the file cannot be a reference, for people; null if it may be one */
export function fileProblem(file: File, kind: ReferenceKind): string | null {
  if (file.size === 0) return t("playground.emptyFile");
  const most = MOST_BYTES[kind];
  return file.size > most ? t("playground.tooLarge", { most: most / 2 ** 20 }) : null;
}

/**
 * Uploads a file.
 *
 * @param update is told each change of its reference
 * @param signal stops the upload: nothing more is sent
 */
export async function sendFile(
  api: Api,
  file: File,
  update: (change: Partial<Reference>) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { fileId, url } = await uploadFile(file, uploadCalls(api, signal), (progress) => update({ progress }));
    update({ source: fileId, url, progress: null });
  } catch (error) {
    if (!signal.aborted) update({ problem: messageOf(error), progress: null });
  }
}

/** @param api the portal's */
function uploadCalls(api: Api, signal: AbortSignal): UploadParts {
  return {
    begin: (file) => api.send("POST", "/files/uploads", file, {}, signal),
    put: (url, body, sent) => putPart(pathOf(url), body, sent, signal),
    complete: (url) => signed.send("POST", pathOf(url), undefined, {}, signal),
  };
}

/** Sends a part by XMLHttpRequest, because `fetch` does not report how much was sent. */
function putPart(path: string, body: Blob, sent: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    signal.addEventListener("abort", () => request.abort());
    request.onabort = () => reject(signal.reason);
    request.open("PUT", path);
    request.upload.onprogress = ({ loaded }) => sent(Math.min(loaded, body.size));
    request.onload = () => (request.status < 300 ? resolve() : reject(readError(request.status, request.responseText)));
    request.onerror = () => reject(new ApiError(0, 0, t("common.unreachable")));
    request.send(body);
  });
}
