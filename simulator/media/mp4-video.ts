import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fillBlock, type Segment } from "./byte-source.ts";

/** Five seconds, 480×270, H.264 baseline (and AAC), index first; see README.md for how they were made. */
const CLIPS = {
  sound: readFileSync(new URL("./clip.mp4", import.meta.url)),
  silent: readFileSync(new URL("./clip-silent.mp4", import.meta.url)),
};

/** What the clips are, whatever length a task asked for. */
export const CLIP_PIXELS = { width: 480, height: 270 } as const;

const UUID_TYPE = createHash("md5").update("seedhorse-simulator").digest();

/**
 * A playable MP4 whose bytes depend on `label`: the clip, then a `uuid` box with the label's hash, then padding in a
 * `free` box (players skip both).
 * @param bytes size the file is padded to; smaller than the clip means no padding
 */
export function mp4Video(label: string, withSound: boolean, bytes = 0): Segment[] {
  const clip = withSound ? CLIPS.sound : CLIPS.silent;
  const mark = box("uuid", Buffer.concat([UUID_TYPE, createHash("sha256").update(label).digest()]));
  const padding = bytes - clip.length - mark.length;
  if (padding < 16) return [clip, mark];
  return [clip, mark, freeBoxHead(padding), { fill: fillBlock(label), length: padding - 16 }];
}

function box(type: string, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + payload.length, 0);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, payload]);
}

/** Head of a `free` box with a 64-bit size, so that any length can be padded. */
function freeBoxHead(total: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(1, 0);
  head.write("free", 4, "latin1");
  head.writeBigUInt64BE(BigInt(total), 8);
  return head;
}
