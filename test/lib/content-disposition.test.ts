import { describe, expect, it } from "vitest";
import { attachment, sanitizeFileName } from "../../src/lib/content-disposition.ts";

describe("sanitizeFileName", () => {
  it.each([
    ["cat.png", "cat.png"],
    ["my cat.png", "my cat.png"],
    ["../../etc/passwd", "_.._etc_passwd"],
    ["C:\\temp\\x.png", "C__temp_x.png"],
    ['a"b.png', "a_b.png"],
    ["a\r\nSet-Cookie: x=1", "aSet-Cookie_ x=1"],
    [".htaccess", "htaccess"],
    ["name. . ", "name"],
    ["\u202Egnp.exe", "gnp.exe"],
    ["猫.png", "猫.png"],
    ["\ud800x", "x"],
    ["", "0.png"],
    ["...", "0.png"],
    ["\u0000", "0.png"],
  ])("%j becomes %j", (name, expected) => {
    expect(sanitizeFileName(name, "0.png")).toBe(expected);
  });

  it("is at most 150 characters, and never half of one", () => {
    expect(sanitizeFileName("😀".repeat(400), "0.png")).toBe("😀".repeat(150));
  });
});

describe("attachment", () => {
  it("writes a plain name once", () => {
    expect(attachment("cat 1.png", "0.png")).toBe('attachment; filename="cat 1.png"');
  });

  it("adds the UTF-8 form for other scripts and for percent signs", () => {
    expect(attachment("猫 (1)'*.png", "0.png")).toBe(
      "attachment; filename=\"_ (1)'_.png\"; filename*=UTF-8''%E7%8C%AB%20%281%29%27_.png",
    );
    expect(attachment("50%25.png", "0.png")).toBe("attachment; filename=\"50_25.png\"; filename*=UTF-8''50%2525.png");
  });

  it("falls back to the default name", () => {
    expect(attachment("", "0.png")).toBe('attachment; filename="0.png"');
  });
});
