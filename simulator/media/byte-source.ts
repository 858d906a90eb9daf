import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Bytes as they are, or a block repeated until `length` bytes are there. */
export type Segment = Uint8Array | { readonly fill: Uint8Array; readonly length: number };

const CHUNKS_PER_TURN = 64;

/** A file of any size that is made while it is read: only its distinct bytes are in memory. */
export class ByteSource {
  readonly size: number;
  readonly #segments: readonly Segment[];
  readonly #hashes = new Map<string, Promise<string>>();

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
    this.size = segments.reduce((sum, segment) => sum + segment.length, 0);
  }

  /** The bytes from `start` up to and without `end`, in chunks of at most 64 KiB or one segment. */
  *chunks(start = 0, end = this.size): Generator<Uint8Array, void, undefined> {
    let segmentStart = 0;
    for (const segment of this.#segments) {
      const from = Math.max(0, start - segmentStart);
      const to = Math.min(segment.length, end - segmentStart);
      if (from < to) yield* piecesOf(segment, from, to);
      segmentStart += segment.length;
    }
  }

  /** All bytes at once; for small files. */
  bytes(): Buffer {
    return Buffer.concat([...this.chunks()]);
  }

  /** Lower-case hex digest of the whole file; worked out once, in turns, when first asked for. */
  digest(algorithm: "sha256" | "md5"): Promise<string> {
    let known = this.#hashes.get(algorithm);
    if (known === undefined) {
      known = this.#hash(algorithm);
      this.#hashes.set(algorithm, known);
    }
    return known;
  }

  async #hash(algorithm: string): Promise<string> {
    const hash = createHash(algorithm);
    let count = 0;
    for (const chunk of this.chunks()) {
      hash.update(chunk);
      // A file of hundreds of megabytes must not keep other requests waiting.
      if (++count % CHUNKS_PER_TURN === 0) await nextTurn();
    }
    return hash.digest("hex");
  }
}

function* piecesOf(segment: Segment, from: number, to: number): Generator<Uint8Array, void, undefined> {
  if (segment instanceof Uint8Array) {
    yield segment.subarray(from, to);
    return;
  }
  const block = segment.fill;
  for (let at = from; at < to; ) {
    const offset = at % block.length;
    const length = Math.min(block.length - offset, to - at);
    yield block.subarray(offset, offset + length);
    at += length;
  }
}

/** A 64 KiB block that looks random and depends on `label` alone. */
export function fillBlock(label: string): Uint8Array {
  const block = Buffer.alloc(64 * 1024);
  let digest = createHash("sha256").update(label).digest();
  for (let at = 0; at < block.length; at += digest.length) {
    digest.copy(block, at);
    digest = createHash("sha256").update(digest).digest();
  }
  return block;
}
