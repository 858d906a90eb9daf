import { expect, it } from "vitest";
import { formatBytes, formatTable } from "../../scripts/table.ts";

it("puts text into columns as wide as their widest cell", () => {
  const table = formatTable(
    ["kind", "size"],
    [
      ["image", "7"],
      ["a", "1024"],
    ],
    ["left", "right"],
  );
  expect(table.split("\n")).toEqual(["kind   size", "─────  ────", "image     7", "a      1024"]);
});

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [36_120, "36.1 kB"],
  [352_000, "352 kB"],
  [200_000_000, "200 MB"],
])("shows %i bytes as %s", (bytes, shown) => expect(formatBytes(bytes)).toBe(shown));
