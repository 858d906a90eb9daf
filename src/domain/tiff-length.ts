/** How many bytes a TIFF must have at least, as far as its first bytes tell. */

/** Tags of the offsets and lengths of strips and tiles (TIFF 6.0 sections 8 and 15). */
const OFFSETS: readonly number[] = [273, 324];
const LENGTHS: readonly number[] = [279, 325];
/** Bytes of the types of numbers in use: SHORT, LONG, LONG8 (BigTIFF). */
const WIDTHS: Readonly<Record<number, number>> = { 3: 2, 4: 4, 16: 8 };
const MAX_TYPE = 18;
/** No TIFF that is stored is larger: a directory behind it is none. */
const MAX_BYTES = 1_000_000_000;

/** Numbers of a TIFF or BigTIFF, in its byte order. */
class Reader {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly isBig: boolean;
  readonly length: number;

  constructor(head: Uint8Array) {
    this.#view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    this.#little = head[0] === 0x49;
    this.isBig = this.number(2, 2) === 43;
    this.length = head.length;
  }

  number(at: number, width: number): number {
    if (width === 8) return Number(this.#view.getBigUint64(at, this.#little));
    return width === 4 ? this.#view.getUint32(at, this.#little) : this.#view.getUint16(at, this.#little);
  }
}

/**
 * @returns the end of the first directory, and of the picture's strips or tiles if the directory is within `head`; null if what is
 *   there is no directory. The last of several strips is often counted longer than it is, so only its begin is required.
 */
export function tiffBytes(head: Uint8Array): number | null {
  if (head.length < 16) return 16;
  const reader = new Reader(head);
  const word = reader.isBig ? 8 : 4;
  const at = reader.number(word, word);
  const countWidth = reader.isBig ? 8 : 2;
  if (at < 8 || at > MAX_BYTES) return null;
  if (at + countWidth > head.length) return at + countWidth;
  const entryBytes = reader.isBig ? 20 : 12;
  const end = at + countWidth + reader.number(at, countWidth) * entryBytes;
  let required = end;
  let offsets: number[] = [];
  let lengths: number[] = [];
  let previous = 0;
  for (let entry = at + countWidth; entry < end && entry + entryBytes <= head.length; entry += entryBytes) {
    const tag = reader.number(entry, 2);
    const type = reader.number(entry + 2, 2);
    if (tag < previous || type === 0 || type > MAX_TYPE) return null;
    previous = tag;
    if (!OFFSETS.includes(tag) && !LENGTHS.includes(tag)) continue;
    const width = WIDTHS[type];
    if (width === undefined) return null;
    const count = reader.number(entry + 4, word);
    const value = entry + 4 + word;
    const from = count * width <= word ? value : reader.number(value, word);
    required = Math.max(required, from + count * width);
    if (from + count * width > head.length) continue;
    const numbers = Array.from({ length: count }, (_, index) => reader.number(from + index * width, width));
    if (OFFSETS.includes(tag)) offsets = numbers;
    else lengths = numbers;
  }
  const ends = offsets.map(
    (from, index) => from + (offsets.length > 1 && index === offsets.length - 1 ? 1 : (lengths[index] ?? 0)),
  );
  return Math.max(required, ...ends);
}
