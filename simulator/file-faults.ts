import { once } from "node:events";
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from "node:zlib";
import type { Fault } from "./faults.ts";
import { counted, etagOf, sendBytes, sendOssError } from "./file-replies.ts";
import { callerGone, cutConnection, type Exchange, pause, resetConnection, sendText } from "./http-exchange.ts";
import type { FileUse } from "./journal.ts";
import { fillBlock } from "./media/byte-source.ts";
import { proxyPage } from "./reply-faults.ts";
import type { ResultFile } from "./result-files.ts";

const WHOLE_GZIP_LIMIT = 16 * 1024 * 1024;
const TRICKLE_STEPS = 10;
/** What encodes the bytes for each name in a Content-Encoding; under any other name they are sent as they are. */
const CODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gzipSync(bytes),
  "x-gzip": (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
};

/**
 * Lets a fault strike a download.
 * @returns true if the caller has got all it will get; false if the download goes on as usual
 */
export async function strikeFile(exchange: Exchange, fault: Fault, file: ResultFile, use: FileUse): Promise<boolean> {
  const { world, response, url } = exchange;
  const { source, contentType } = file;
  const half = Math.floor(source.size / 2);
  switch (fault.kind) {
    case "slow":
      await pause(world, fault.ms ?? 0);
      return false;
    case "hang":
      await callerGone(exchange);
      return true;
    case "hang-headers":
      response.writeHead(200, { "content-type": contentType, "content-length": source.size }).flushHeaders();
      await callerGone(exchange);
      return true;
    case "drop":
      resetConnection(exchange);
      return true;
    case "http": {
      const status = fault.status ?? 503;
      sendText(response, status, "text/html", proxyPage(status, "Service Unavailable"));
      return true;
    }
    case "redirect":
      return redirect(exchange, fault.location, fault.status ?? 302);
    case "empty":
      sendText(response, 200, contentType, "");
      return true;
    case "expired":
      sendOssError(exchange, 403, "AccessDenied");
      return true;
    case "missing":
      sendOssError(exchange, 404, "NoSuchKey");
      return true;
    case "html":
      sendText(response, 200, contentType, proxyPage(200, "Welcome to nginx!"));
      return true;
    case "truncated":
    case "chunked-cut": {
      const length = fault.kind === "truncated" ? { "content-length": source.size } : {};
      response.writeHead(200, { "content-type": contentType, ...length });
      await writePart(exchange, counted(source.chunks(0, Math.min(fault.bytes ?? half, source.size)), use));
      cutConnection(exchange);
      return true;
    }
    case "chunked":
      response.writeHead(200, { "content-type": contentType });
      if (await sendBytes(exchange, counted(source.chunks(), use))) use.complete++;
      return true;
    case "type":
      response.writeHead(200, { "content-type": fault.contentType ?? "text/html", "content-length": source.size });
      if (await sendBytes(exchange, counted(source.chunks(), use))) use.complete++;
      return true;
    case "corrupt": {
      // The headers are correct, MD5 included; one byte in the middle of the file is wrong.
      const { etag, md5 } = await etagOf(file);
      const headers = { "content-type": contentType, "content-length": source.size, etag };
      response.writeHead(200, md5 === undefined ? headers : { ...headers, "content-md5": md5 });
      await sendBytes(exchange, withFlippedByte(source.chunks(), half));
      return true;
    }
    case "gzip":
      await sendGzip(exchange, file);
      return true;
    case "encoding":
      sendEncoded(exchange, file, fault.text ?? "");
      return true;
    case "packed":
      sendWhole(exchange, contentType, gzipSync(source.bytes()));
      return true;
    case "mislabelled":
      sendWhole(exchange, contentType, source.bytes(), { "content-encoding": fault.text ?? "" });
      return true;
    case "cut":
      sendWhole(exchange, contentType, source.bytes().subarray(0, fault.bytes ?? half));
      return true;
    case "endless":
      response.writeHead(200, { "content-type": contentType });
      await writePart(exchange, endlessBytes(file, fault.bytes ?? 0));
      cutConnection(exchange);
      return true;
    case "trickle":
      response.writeHead(200, { "content-type": contentType, "content-length": source.size });
      if (await sendBytes(exchange, trickled(exchange, file, fault.ms ?? 0))) use.complete++;
      return true;
    case "drip":
      response.writeHead(200, { "content-type": contentType, "content-length": source.size });
      if (await sendBytes(exchange, dripped(exchange, file, fault.ms ?? 0))) use.complete++;
      return true;
    default:
      throw new TypeError(`fault ${fault.kind} cannot strike file ${url.pathname}`);
  }
}

/** Without a location of its own, redirects once to the same file; "loop" redirects for ever. */
function redirect({ response, url }: Exchange, location: string | undefined, status: number): boolean {
  if (location === undefined && url.searchParams.has("redirected")) return false;
  const self = `${url.pathname}${url.search}`;
  const target = location === "loop" ? self : (location ?? `${self}&redirected=1`);
  sendText(response, status, "text/html", proxyPage(status, "Found"), { location: target });
  return true;
}

/** Writes bytes at the caller's pace and leaves the body open; returns when they have left, or the caller has gone. */
async function writePart(exchange: Exchange, chunks: Iterable<Uint8Array>): Promise<void> {
  const { response, world } = exchange;
  const gone = callerGone(exchange);
  for (const chunk of chunks) {
    if (response.destroyed || world.closing.signal.aborted) return;
    const written = new Promise<void>((resolve) => response.write(chunk, () => resolve()));
    await Promise.race([written, gone]);
  }
}

function* endlessBytes(file: ResultFile, cap: number): Generator<Uint8Array, void, undefined> {
  yield* file.source.chunks();
  const block = fillBlock(file.name);
  for (let sent = file.source.size; sent < cap; sent += block.length) yield block;
}

function* withFlippedByte(chunks: Iterable<Uint8Array>, position: number): Generator<Uint8Array, void, undefined> {
  let at = 0;
  for (const chunk of chunks) {
    const inside = position - at;
    at += chunk.byteLength;
    if (inside < 0 || inside >= chunk.byteLength) {
      yield chunk;
      continue;
    }
    const copy = Uint8Array.from(chunk);
    copy[inside] = (copy[inside] ?? 0) ^ 0xff;
    yield copy;
  }
}

async function* trickled({ world }: Exchange, { source }: ResultFile, ms: number) {
  const step = Math.ceil(source.size / TRICKLE_STEPS);
  for (let at = 0; at < source.size; at += step) {
    await pause(world, ms / TRICKLE_STEPS);
    yield* source.chunks(at, Math.min(at + step, source.size));
  }
}

/** One byte at a time: never silent for long, and never done. */
async function* dripped({ world }: Exchange, { source }: ResultFile, ms: number) {
  for (let at = 0; at < source.size; at++) {
    yield* source.chunks(at, at + 1);
    await pause(world, ms);
  }
}

function sendWhole({ response }: Exchange, contentType: string, bytes: Uint8Array, headers = {}): void {
  response.writeHead(200, { "content-type": contentType, "content-length": bytes.length, ...headers }).end(bytes);
}

/** Sends the file under a Content-Encoding in any spelling, encoded accordingly. @param names joined by `+` */
function sendEncoded(exchange: Exchange, { source, contentType }: ResultFile, names: string): void {
  const list = names.split("+");
  const coders = list.map((name) => CODERS[name.toLowerCase()]).filter((code) => code !== undefined);
  const bytes = coders.reduce<Uint8Array>((coded, code) => code(coded), source.bytes());
  sendWhole(exchange, contentType, bytes, { "content-encoding": list.join(", ") });
}

async function sendGzip(exchange: Exchange, { source, contentType }: ResultFile): Promise<void> {
  const headers = { "content-type": contentType, "content-encoding": "gzip" };
  if (source.size <= WHOLE_GZIP_LIMIT) {
    const packed = gzipSync(source.bytes());
    exchange.response.writeHead(200, { ...headers, "content-length": packed.length }).end(packed);
    return;
  }
  exchange.response.writeHead(200, headers);
  const gzip = createGzip();
  // sendBytes reports its failure (the caller has left).
  gzip.on("error", () => {});
  void feed(source.chunks(), gzip);
  await sendBytes(exchange, gzip);
}

async function feed(chunks: Iterable<Uint8Array>, gzip: ReturnType<typeof createGzip>): Promise<void> {
  for (const chunk of chunks) {
    if (gzip.destroyed) return;
    if (!gzip.write(chunk)) await Promise.race([once(gzip, "drain"), once(gzip, "close")]).catch(() => {});
  }
  gzip.end();
}
