/** Which IP addresses are not public: the special-purpose registries of IANA (RFC 6890 and its updates). */

// Azure's platform address is in public space but reaches the host's metadata service.
const PRIVATE_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16/32",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
].map((block) => {
  const [address = "", prefix] = block.split("/");
  const size = 2 ** (32 - Number(prefix));
  return { size, number: Math.floor((ipv4Number(address) ?? 0) / size) };
});

/** @param hostname as `URL.hostname` contains it. @returns true if it names the machine itself */
export function isLoopbackHost(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** @param address four decimal numbers; anything else counts as private */
export function isPrivateIPv4(address: string): boolean {
  const number = ipv4Number(address);
  return number === null || PRIVATE_IPV4.some((block) => Math.floor(number / block.size) === block.number);
}

/**
 * Only global unicast (2000::/3) can be public, and IPv4 embedded in mapped, compatible, NAT64 or 6to4 addresses is checked
 * by itself.
 *
 * @param address as `URL.hostname` contains it, without brackets; anything else counts as private
 */
export function isPrivateIPv6(address: string): boolean {
  const groups = ipv6Groups(address);
  if (groups === null) return true;
  const [first = 0, second = 0, third = 0] = groups;
  const head = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(":");
  if (head === "0:0:0:0:0:ffff" || head === "0:0:0:0:0:0" || head === "64:ff9b:0:0:0:0") {
    return isPrivateIPv4(embeddedIPv4(groups[6], groups[7]));
  }
  if (first === 0x2002) return isPrivateIPv4(embeddedIPv4(second, third)); // 6to4
  if (first >> 13 !== 1) return true;
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return true; // protocols (Teredo, ORCHID), documentation
  return first === 0x3fff && second < 0x1000; // documentation
}

function ipv4Number(address: string): number | null {
  const parts = address.split(".").map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  if (parts.length !== 4 || parts.some((part) => part > 255)) return null;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

/**
 * @param address as `URL.hostname` contains it, without brackets
 * @returns the eight groups of an IPv6 address, or null for anything else
 */
export function ipv6Groups(address: string): number[] | null {
  const [head = "", tail, more] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = 8 - before.length - after.length;
  if (more !== undefined || (tail === undefined ? missing !== 0 : missing < 1)) return null;
  const groups = [...before, ...new Array<string>(missing).fill("0"), ...after];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
}

function embeddedIPv4(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
