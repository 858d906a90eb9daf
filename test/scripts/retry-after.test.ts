/** One parser of `Retry-After` for everything that is read from others (src/lib/retry-after.ts). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

describe("the source", () => {
  it("parses every received Retry-After with parseRetryAfter", () => {
    const root = join(import.meta.dirname, "../../src");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const reads = files.flatMap((name) =>
      [...readFileSync(join(root, name), "utf8").matchAll(/.{0,60}headers\.get\("retry-after"\)/gi)].map(String),
    );
    expect(reads.length).toBeGreaterThanOrEqual(3);
    for (const read of reads) expect(read).toMatch(/parseRetryAfter\([\w.]*headers\.get\("retry-after"\)$/i);
  });
});
