/**
 * Whether ASF, AVI, FLV or MPEG-TS holds pictures or only sound, read from the descriptions of its streams. Like
 * media-tracks.ts, as far as the first bytes are at hand.
 */
import { dataView, fourcc } from "../lib/bytes.ts";
import type { Tracks } from "./media-tracks.ts";

/** The first fields of the GUIDs of ASF (section 10), which tell them apart. */
const STREAM_PROPERTIES = 0xb7dc0791;
const ASF_AUDIO = 0xf8699e40;
const ASF_VIDEO = 0xbc19efc0;
const ASF_HEADER_BYTES = 30;

/** ASF, WMA, WMV: the types in the stream properties, which are objects of the header. */
export function asfTracks(bytes: Uint8Array): Tracks {
  if (bytes.length < ASF_HEADER_BYTES) return ASF_HEADER_BYTES;
  const data = dataView(bytes);
  const end = Number(data.getBigUint64(16, true));
  let sound = false;
  for (let at = ASF_HEADER_BYTES; at < end; ) {
    if (at + 40 > bytes.length) return at + 40;
    const size = Number(data.getBigUint64(at + 16, true));
    if (size < 24) return "unknown";
    if (data.getUint32(at, true) === STREAM_PROPERTIES) {
      const type = data.getUint32(at + 24, true);
      if (type === ASF_VIDEO) return "video";
      sound ||= type === ASF_AUDIO;
    }
    at += size;
  }
  return sound ? "audio" : "unknown";
}

/** AVI: the types in the stream headers, which are in the first list. */
export function aviTracks(bytes: Uint8Array): Tracks {
  const data = dataView(bytes);
  let sound = false;
  for (let at = 12; ; ) {
    if (at + 16 > bytes.length) return at + 16;
    const type = fourcc(bytes, at);
    const size = data.getUint32(at + 4, true);
    const list = type === "LIST" ? fourcc(bytes, at + 8) : null;
    if (list === "movi") return sound ? "audio" : "unknown";
    if (type === "strh") {
      const kind = fourcc(bytes, at + 8);
      if (kind === "vids") return "video";
      sound ||= kind === "auds";
    }
    // Lists of headers are gone through, all else is passed over.
    at += list === "hdrl" || list === "strl" ? 12 : 8 + size + (size % 2);
  }
}

/** FLV: the flags of its header (Adobe Flash Video File Format, annex E.2). */
export function flvTracks(bytes: Uint8Array): Tracks {
  const flags = bytes[4] ?? 0;
  return (flags & 5) === 4 ? "audio" : "video";
}

const PACKET = 188;
/** `stream_type`s (ISO/IEC 13818-1 table 2-34, and the usual ones of ATSC). */
const TS_VIDEO = new Set([0x01, 0x02, 0x10, 0x1b, 0x1e, 0x1f, 0x20, 0x21, 0x24, 0x33, 0x42, 0xd1, 0xd2, 0xea]);
const TS_AUDIO = new Set([0x03, 0x04, 0x0f, 0x11, 0x1c, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87]);

/** MPEG-TS, in packets of 188 bytes or with a time before each: the program maps that the association table names. */
export function transportTracks(bytes: Uint8Array): Tracks {
  const lead = bytes[0] === 0x47 && bytes[PACKET] === 0x47 ? 0 : 4;
  const maps = new Set<number>();
  const seen = new Set<number>();
  let sound = false;
  let at = lead;
  for (; at + PACKET <= bytes.length; at += PACKET + lead) {
    if (bytes[at] !== 0x47) return "unknown";
    const packet = bytes.subarray(at, at + PACKET);
    const id = ((byteAt(packet, 1) & 0x1f) << 8) | byteAt(packet, 2);
    if ((byteAt(packet, 1) & 0x40) === 0 || (id !== 0 && !maps.has(id))) continue;
    const section = sectionOf(packet);
    if (section === null) return "unknown";
    if (id === 0) for (const map of programMaps(section)) maps.add(map);
    else {
      for (const type of streamTypes(section)) {
        if (TS_VIDEO.has(type)) return "video";
        sound ||= TS_AUDIO.has(type);
      }
      seen.add(id);
      if (seen.size === maps.size) return sound ? "audio" : "unknown";
    }
  }
  return at + PACKET;
}

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

/** @returns a table that begins and ends in this packet, without its checksum; null for any other */
function sectionOf(packet: Uint8Array): Uint8Array | null {
  const adaptation = (byteAt(packet, 3) & 0x20) === 0 ? 0 : 1 + byteAt(packet, 4);
  const from = 5 + adaptation + byteAt(packet, 4 + adaptation);
  const length = ((byteAt(packet, from + 1) & 0x0f) << 8) | byteAt(packet, from + 2);
  return length < 9 || from + 3 + length > packet.length ? null : packet.subarray(from, from + 3 + length - 4);
}

function programMaps(section: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at + 4 <= section.length; at += 4) {
    const program = (byteAt(section, at) << 8) | byteAt(section, at + 1);
    // Program 0 names the network table.
    if (program !== 0) ids.push(((byteAt(section, at + 2) & 0x1f) << 8) | byteAt(section, at + 3));
  }
  return ids;
}

function streamTypes(section: Uint8Array): number[] {
  const lengthAt = (at: number) => ((byteAt(section, at) & 0x0f) << 8) | byteAt(section, at + 1);
  const types: number[] = [];
  for (let at = 12 + lengthAt(10); at + 5 <= section.length; at += 5 + lengthAt(at + 3))
    types.push(byteAt(section, at));
  return types;
}
