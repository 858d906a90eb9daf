import { describe, expect, it } from "vitest";
import { clientNetwork, isInRanges, parseAddressRange } from "../../src/domain/client-network.ts";

describe("clientNetwork", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::FFFF:c000:0207", "192.0.2.7"],
    ["0:0:0:0:0:ffff:c000:207", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
    ["2001:db8::9:8:7:6:5", "2001:db8:0:9::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["unknown", "unknown"],
    ["", ""],
    ["a:b", "a:b"],
    ["1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"],
  ])("of %s is %s", (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  it("is the same for all addresses of a /64 and another for the next one", () => {
    const of = (group: number) => clientNetwork(`2001:db8:0:${group.toString(16)}:${group}::${group}`);
    expect(clientNetwork("2001:db8:0:1:ffff:ffff:ffff:ffff")).toBe(of(1));
    expect(of(2)).not.toBe(of(1));
  });

  it("is short, whatever a header contains", () => {
    expect(clientNetwork("x".repeat(10_000)).length).toBe(64);
  });
});

describe("parseAddressRange", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["192.0.2.7/32", "192.0.2.7/32"],
    ["192.0.2.7/24", "192.0.2.0/24"],
    ["192.0.2.255/31", "192.0.2.254/31"],
    ["10.1.2.3/0", "0.0.0.0/0"],
    ["2001:0DB8::1", "2001:db8::1"],
    ["2001:db8:ffff::/33", "2001:db8:8000::/33"],
    ["2001:db8::/32", "2001:db8::/32"],
    ["::/0", "::/0"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::FFFF:c000:0207/120", "192.0.2.0/24"],
    ["::ffff:0:0/96", "0.0.0.0/0"],
  ])("returns the usual spelling of %s", (given, spelling) => {
    expect(parseAddressRange(given)).toBe(spelling);
    expect(parseAddressRange(spelling)).toBe(spelling);
  });

  it.each([
    "",
    "/24",
    "localhost",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.07",
    "0x7f.0.0.1",
    "192.0.2.0/33",
    "192.0.2.0/",
    "192.0.2.0/-1",
    "192.0.2.0/024",
    "192.0.2.0/24/8",
    " 192.0.2.7",
    "192.0.2.7 ",
    "192.0.2.7\n",
    "192.0.2.0-192.0.2.9",
    "2001:db8::/129",
    "2001:db8:::1",
    "2001:db8::1%eth0",
    "[2001:db8::1]",
    "::ffff:192.0.2.7/95",
    "1:2:3:4:5:6:7:8:9",
    "a:b",
  ])("refuses %j", (text) => {
    expect(parseAddressRange(text)).toBeNull();
  });
});

describe("isInRanges", () => {
  const RANGES = ["192.0.2.0/25", "203.0.113.9", "2001:db8:8000::/33", "2001:db8::5"];
  it.each([
    "192.0.2.0",
    "192.0.2.127",
    "203.0.113.9",
    "::ffff:203.0.113.9",
    "2001:db8:8000::",
    "2001:DB8:ffff:1::",
    "2001:db8::5",
  ])("is true for %s", (address) => expect(isInRanges(RANGES, address)).toBe(true));

  it.each([
    "192.0.2.128",
    "203.0.113.8",
    "::203.0.113.9",
    "2001:db8:7fff:ffff::",
    "2001:db9:8000::",
    "2001:db8::6",
    "",
    "unknown",
    "203.0.113.9, 192.0.2.1",
  ])("is false for %j", (address) => expect(isInRanges(RANGES, address)).toBe(false));

  it("of one family has no address of the other", () => {
    expect(isInRanges(["0.0.0.0/0"], "2001:db8::5")).toBe(false);
    expect(isInRanges(["::/0"], "192.0.2.1")).toBe(false);
    expect(isInRanges(["::/0"], "2001:db8::5")).toBe(true);
  });
});
