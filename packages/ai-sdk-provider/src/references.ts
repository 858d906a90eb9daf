/** Reference files of a call: bytes are uploaded, URLs are passed on. */
import type { Paddock } from "paddock-client";
import type { References } from "./options.ts";

/** A file of the AI SDK's image and video models. */
export type ReferenceFile =
  | { readonly type: "file"; readonly mediaType: string; readonly data: string | Uint8Array }
  | { readonly type: "url"; readonly url: string; readonly mediaType?: string };

const VIDEO_NAME = /\.(?:mp4|m4v|mov|webm|mkv|avi)$/i;
const AUDIO_NAME = /\.(?:mp3|wav|m4a|aac|ogg|opus|flac)$/i;

/**
 * Uploads the files that are bytes.
 *
 * @returns the URLs of all files, by kind and in order
 * @throws PaddockError, or the signal's reason
 */
export async function uploadReferences(
  client: Paddock,
  files: readonly ReferenceFile[],
  signal: AbortSignal | undefined,
): Promise<References> {
  const urls = { refImageUrls: [] as string[], refVideoUrls: [] as string[], refAudioUrls: [] as string[] };
  // One at a time: a call has few files, and they may be large.
  for (const file of files) {
    if (file.type === "url") urls[fieldFor(file.mediaType ?? nameOf(file.url))].push(file.url);
    else {
      const { url, contentType } = await client.upload(bytesOf(file.data), { signal });
      // The gateway knows the type from the content.
      urls[fieldFor(contentType)].push(url);
    }
  }
  return urls;
}

function fieldFor(type: string): keyof References {
  if (type.startsWith("video/") || VIDEO_NAME.test(type)) return "refVideoUrls";
  if (type.startsWith("audio/") || AUDIO_NAME.test(type)) return "refAudioUrls";
  return "refImageUrls";
}

function nameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : "";
}

function bytesOf(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  if (typeof data === "string") return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  return data.buffer instanceof ArrayBuffer ? (data as Uint8Array<ArrayBuffer>) : new Uint8Array(data);
}
