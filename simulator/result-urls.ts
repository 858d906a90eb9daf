import { createHmac, timingSafeEqual } from "node:crypto";

// Not a secret: nothing but made-up pictures hangs on it, and URLs must outlive a restart of the simulator.
const SIGNING_KEY = "seedhorse-simulator";

/** Path and query of a result's URL in the style of Alibaba Cloud OSS, working until `expiresAt` (milliseconds). */
export function signedPath(taskNo: string, fileName: string, expiresAt: number): string {
  const path = `/files/tasks/${taskNo}/${fileName}`;
  const expires = String(Math.ceil(expiresAt / 1000));
  const query = new URLSearchParams({ Expires: expires, OSSAccessKeyId: "SIMULATOR", Signature: sign(path, expires) });
  return `${path}?${query}`;
}

/** Whether a URL may be served at `now`: the reason why not is OSS's error code. */
export function checkSignedUrl(url: URL, now: number): "ok" | "AccessDenied" | "SignatureDoesNotMatch" {
  const expires = url.searchParams.get("Expires") ?? "";
  const given = Buffer.from(url.searchParams.get("Signature") ?? "");
  const right = Buffer.from(sign(url.pathname, expires));
  if (given.length !== right.length || !timingSafeEqual(given, right)) return "SignatureDoesNotMatch";
  return now < Number(expires) * 1000 ? "ok" : "AccessDenied";
}

/** Task number and file name in a result URL's path, if it is one. */
export function parseFilePath(pathname: string): { taskNo: string; fileName: string } | undefined {
  const [, taskNo, fileName] = /^\/files\/tasks\/([0-9a-f]{32})\/([\w.]+)$/.exec(pathname) ?? [];
  return taskNo === undefined || fileName === undefined ? undefined : { taskNo, fileName };
}

function sign(path: string, expires: string): string {
  return createHmac("sha1", SIGNING_KEY).update(`GET\n\n\n${expires}\n${path}`).digest("base64");
}
