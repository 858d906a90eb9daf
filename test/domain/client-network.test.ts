import { describe, expect, it } from "vitest";
import { clientNetwork } from "../../src/domain/client-network.ts";

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
