/** Colours of a brand keep texts readable. */
import { describe, expect, it } from "vitest";
import { AA_CONTRAST, brandStyle, contrastOf, parseColor } from "../../src/domain/brand-color.ts";

const BACKGROUNDS = {
  light: ["#ffffff", "#f6f5f1", "#f0eee8"],
  dark: ["#111310", "#191c18", "#141713", "#20241f"],
} as const;

/** Reads the two themes of a style sheet back. */
function themesOf(style: string) {
  const pairs = [...style.matchAll(/--([\w-]+):light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\)/g)];
  const theme = (at: 2 | 3) => Object.fromEntries(pairs.map((pair) => [pair[1], pair[at] ?? ""]));
  return { light: theme(2), dark: theme(3) };
}

describe("a brand's colour", () => {
  it.each([
    ["#ABC", "#aabbcc"],
    ["#7a2FC0", "#7a2fc0"],
  ])("is read from %s", (text, color) => expect(parseColor(text)).toBe(color));

  it.each([
    "",
    "red",
    "#12",
    "#1234",
    "#12345g",
    "7a2fc0",
    "#7a2fc0ff",
    "rgb(1,2,3)",
    "#7a2fc0;}",
    " #7a2fc0",
  ])("is not read from %j", (text) => expect(parseColor(text)).toBeNull());

  it("becomes accents with the contrast of AA on every background, whatever the colour", () => {
    const parts = ["00", "40", "80", "c0", "ff"];
    const colors = parts.flatMap((r) => parts.flatMap((g) => parts.map((b) => `#${r}${g}${b}`)));
    for (const color of colors) {
      const themes = themesOf(brandStyle(color));
      for (const name of ["light", "dark"] as const) {
        const {
          accent = "",
          "accent-strong": strong = "",
          "accent-ink": ink = "",
          "accent-soft": soft = "",
        } = themes[name];
        for (const background of [...BACKGROUNDS[name], soft]) {
          expect(contrastOf(accent, background), `${color} ${name} on ${background}`).toBeGreaterThanOrEqual(
            AA_CONTRAST,
          );
          expect(contrastOf(strong, background), `${color} ${name} strong`).toBeGreaterThanOrEqual(AA_CONTRAST);
        }
        expect(contrastOf(ink, accent), `${color} ${name} ink`).toBeGreaterThanOrEqual(AA_CONTRAST);
        expect(contrastOf(ink, strong), `${color} ${name} ink on strong`).toBeGreaterThanOrEqual(AA_CONTRAST);
      }
    }
  });

  it("is kept where it is readable as it is", () => {
    expect(themesOf(brandStyle("#7a2fc0")).light.accent).toBe("#7a2fc0");
    expect(themesOf(brandStyle("#c9a7f0")).dark.accent).toBe("#c9a7f0");
  });
});
