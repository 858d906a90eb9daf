/** Which clients count as one: an IPv4 address, or a whole IPv6 /64, of which everybody with a connection has one. */

/**
 * @param address as `CF-Connecting-IP` holds it
 * @returns the IPv4 address, the /64 of an IPv6 address (`2001:db8:0:1::/64`), or the text itself if it is neither;
 *   IPv4 addresses in IPv6 form (`::ffff:192.0.2.1`) are IPv4 addresses
 */
export function clientNetwork(address: string): string {
  const groups = ipv6Groups(address);
  if (groups === null) return address.slice(0, 64);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 255])
      .join(".");
  }
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

/** The eight groups of an IPv6 address, or null. The URL parser reads and normalises every spelling. */
function ipv6Groups(address: string): number[] | null {
  const url = `http://[${address.split("%")[0]}]/`;
  if (!address.includes(":") || !URL.canParse(url)) return null;
  const [head = "", tail] = new URL(url).hostname.slice(1, -1).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail ? tail.split(":") : [];
  const zeros = new Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}
