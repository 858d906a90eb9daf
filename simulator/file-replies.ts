import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Exchange, sendText } from "./http-exchange.ts";
import type { FileUse } from "./journal.ts";
import type { ResultFile } from "./result-files.ts";

const HASHED_ETAG_LIMIT = 16 * 1024 * 1024;

/** An error in the XML of Alibaba Cloud OSS. */
export function sendOssError({ response, request }: Exchange, status: number, code: string): void {
  const message = code === "AccessDenied" ? "Request has expired." : code;
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  <Code>${code}</Code>\n  <Message>${message}</Message>\n</Error>\n`;
  if (request.method === "HEAD") response.writeHead(status, { "content-type": "application/xml" }).end();
  else sendText(response, status, "application/xml", xml);
}

/** Quoted ETag: the MD5 of the content, or for large files OSS's multipart form, which is not one. */
export async function etagOf({ source, name }: ResultFile): Promise<{ etag: string; md5: string | undefined }> {
  if (source.size > HASHED_ETAG_LIMIT) {
    const mark = Buffer.from(`${name}:${source.size}`).toString("hex").toUpperCase().padEnd(32, "0").slice(0, 32);
    return { etag: `"${mark}-${Math.ceil(source.size / HASHED_ETAG_LIMIT)}"`, md5: undefined };
  }
  const md5 = await source.digest("md5");
  return { etag: `"${md5.toUpperCase()}"`, md5: Buffer.from(md5, "hex").toString("base64") };
}

/** Streams bytes as the body; true if all of them were taken, false if the caller went away. */
export async function sendBytes({ response }: Exchange, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  try {
    await pipeline(Readable.from(chunks, { objectMode: false }), response);
    return true;
  } catch {
    return false;
  }
}

/** The same bytes, counted as they leave. */
export function* counted(chunks: Iterable<Uint8Array>, use: FileUse): Generator<Uint8Array, void, undefined> {
  for (const chunk of chunks) {
    use.bytesSent += chunk.byteLength;
    yield chunk;
  }
}
