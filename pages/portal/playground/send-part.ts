/** The calls of an upload in a browser. */

import { t } from "../../i18n/t.ts";
import { Api, ApiError, readError } from "../../lib/api.ts";
import type { UploadParts } from "./upload.ts";

/** Signed URLs need no credential. They are of the gateway that this page is of. */
const signed = new Api({ base: "", headers: () => ({}), onSignedOut: () => {} });

const pathOf = (url: string) => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

/** Returns the calls of an upload. @param api the portal's */
export function uploadCalls(api: Api): UploadParts {
  return {
    begin: (file) => api.send("POST", "/files/uploads", file),
    put: (url, body, sent) => putPart(pathOf(url), body, sent),
    complete: (url) => signed.send("POST", pathOf(url)),
  };
}

/** Sends a part by XMLHttpRequest, because `fetch` does not report how much was sent. */
function putPart(path: string, body: Blob, sent: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.upload.onprogress = ({ loaded }) => sent(Math.min(loaded, body.size));
    request.onload = () => (request.status < 300 ? resolve() : reject(readError(request.status, request.responseText)));
    request.onerror = () => reject(new ApiError(0, 0, t("common.unreachable")));
    request.send(body);
  });
}
