/** Where an export ends that has no end of its own. */
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../../src/context.ts";
import { type ListPage, respondCsv } from "../../src/routes/support/csv.ts";
import { logged } from "../support/confidential.ts";

/** Exports a list that has always another page of these items. @returns the bytes sent, and whether the transfer was whole */
async function exportEndless(items: readonly string[]): Promise<{ bytes: number; isWhole: boolean; pages: number }> {
  let pages = 0;
  const page = async (): Promise<ListPage<string, number>> => {
    pages += 1;
    return { items, next: pages };
  };
  const app = new Hono<AppEnv>();
  const table = { name: "endless", header: ["text"], row: (text: string) => [text] };
  app.get("/", (c) => respondCsv(c, table, page, null));
  const response = await app.request("/");
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let bytes = 0;
  for (;;) {
    const read = await reader.read().catch(() => null);
    if (read === null) return { bytes, pages, isWhole: false };
    if (read.done) return { bytes, pages, isWhole: true };
    bytes += read.value.length;
  }
}

describe("an export without end", () => {
  it("breaks off at 64 MiB, so that no part is taken for the whole", async () => {
    const { bytes, isWhole } = await exportEndless(["x".repeat(1024 * 1024)]);
    expect(isWhole).toBe(false);
    expect(bytes).toBeGreaterThan(60 * 1024 * 1024);
    expect(bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(logged("export-too-large")).toHaveLength(1);
  });

  it("breaks off after a bounded number of empty pages", async () => {
    const { bytes, pages, isWhole } = await exportEndless([]);
    expect({ bytes: bytes < 100, isWhole }).toEqual({ bytes: true, isWhole: false });
    expect(pages).toBeLessThanOrEqual(2_001);
  });
});
