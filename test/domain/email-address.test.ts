import { describe, expect, it } from "vitest";
import { parseEmailAddress } from "../../src/domain/email-address.ts";

describe("an e-mail address", () => {
  it.each([
    ["ann@example.com", "ann@example.com"],
    ["  Ann.B+x@Mail.Example.COM\n", "ann.b+x@mail.example.com"],
    ["a@xn--fiq228c5hs.xn--fiqs8s", "a@xn--fiq228c5hs.xn--fiqs8s"],
    [`${"a".repeat(64)}@example.com`, `${"a".repeat(64)}@example.com`],
  ])("%j is stored as %j", (text, stored) => expect(parseEmailAddress(text)).toBe(stored));

  it.each([
    "",
    "ann",
    "ann@example",
    "ann@@example.com",
    "ann@example.com, bo@example.com",
    "ann@example.com\nBcc: bo@example.com",
    "Ann <ann@example.com>",
    '"ann"@example.com',
    "ann@-example.com",
    "ann@example..com",
    "ann=admin@example.com",
    // The Kelvin sign is a k in lower case: it must not stand for another person's address.
    "\u212Aate@example.com",
    "ann@ex\u00E4mple.com",
    `${"a".repeat(65)}@example.com`,
    `a@${"b.".repeat(130)}com`,
  ])("%j is none", (text) => expect(parseEmailAddress(text)).toBe(null));
});
