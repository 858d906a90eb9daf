/** Addresses of clients: which count as one, and which are within a range. */
import { ipv6Groups } from "./ip-address.ts";

/**
 * Returns the network that counts as one client: an IPv4 address, or a whole IPv6 /64, because each
 * connection has one.
 *
 * @param address as `CF-Connecting-IP` holds it
 * @returns the IPv4 address, the /64 of an IPv6 address (`2001:db8:0:1::/64`), or the text itself if it is neither;
 *   IPv4 addresses in IPv6 form (`::ffff:192.0.2.1`) are IPv4 addresses
 */
export function clientNetwork(address: string): string {
  const groups = addressGroups(address.split("%")[0] ?? "");
  if (groups === null) return address.slice(0, 64);
  if (groups.length === 2) return formatGroups(groups);
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

/** A range of addresses: 16-bit groups of its first address (IPv4: two, IPv6: eight), and the length of its prefix. */
interface AddressRange {
  readonly groups: readonly number[];
  readonly prefix: number;
}

/**
 * Returns the usual spelling of an address or a CIDR range: IPv4 or IPv6, bits behind the prefix cleared, an IPv4 address in
 * IPv6 form as IPv4. Null for any other text.
 */
export function parseAddressRange(text: string): string | null {
  const range = readRange(text);
  if (range === null) return null;
  return formatGroups(range.groups) + (text.includes("/") ? `/${range.prefix}` : "");
}

/** Whether an address is in one of the ranges. False for a text that is no address. */
export function isInRanges(ranges: readonly string[], address: string): boolean {
  const groups = addressGroups(address);
  if (groups === null) return false;
  return ranges.some((text) => {
    const range = readRange(text);
    return (
      range?.groups.length === groups.length && range.groups.every((group, at) => group === masked(groups, range, at))
    );
  });
}

function readRange(text: string): AddressRange | null {
  const [, address = "", length] = /^([^/]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const groups = addressGroups(address);
  if (groups === null) return null;
  const bits = groups.length * 16;
  const before = address.includes(":") ? 128 - bits : 0; // what an IPv4 address in IPv6 form has in front
  const prefix = length === undefined ? bits : Number(length) - before;
  if (prefix < 0 || prefix > bits) return null;
  return { groups: groups.map((_, at) => masked(groups, { prefix }, at)), prefix };
}

/** Returns one group of an address without the bits behind the prefix. */
function masked(groups: readonly number[], { prefix }: Pick<AddressRange, "prefix">, at: number): number {
  const kept = Math.min(16, Math.max(0, prefix - at * 16));
  return (groups[at] ?? 0) & ((0xffff << (16 - kept)) & 0xffff);
}

function formatGroups(groups: readonly number[]): string {
  if (groups.length === 2) return groups.flatMap((group) => [group >> 8, group & 255]).join(".");
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]/`).hostname.slice(1, -1);
}

/** The 16-bit groups of an address: two of IPv4, also in IPv6 form, eight of IPv6; null for any other text. */
function addressGroups(address: string): number[] | null {
  const bytes = address.split(".").map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (bytes.length === 4 && bytes.every((byte) => byte < 256)) return [a * 256 + b, c * 256 + d];
  const groups = normalisedGroups(address);
  const isIPv4 = groups?.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return groups && isIPv4 ? groups.slice(6) : groups;
}

/** Returns the eight groups of an IPv6 address, or null. The URL parser reads and normalises every spelling. */
function normalisedGroups(address: string): number[] | null {
  const url = `http://[${address}]/`;
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address) || !URL.canParse(url)) return null;
  return ipv6Groups(new URL(url).hostname.slice(1, -1));
}
