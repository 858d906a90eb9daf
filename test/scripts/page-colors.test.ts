/** The colours of the pages: enough contrast, and series of charts that people who see few colours can tell apart. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

describe("the colours of the pages", () => {
  const css = readFileSync(new URL("../../pages/styles/theme.css", import.meta.url), "utf8");
  const colors = new Map(
    [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name = "", light = "", dark = ""]) => [
      name,
      { light, dark },
    ]),
  );
  type Triple = readonly [number, number, number];
  /** Red, green and blue as amounts of light, 0 to 1. */
  const lightOf = (color: string) =>
    [1, 3, 5].map((at) => {
      const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as unknown as Triple;
  const luminance = (color: string) => {
    const [red, green, blue] = lightOf(color);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  /** WCAG 2.2, contrast ratio. */
  const contrast = (a: string, b: string) => {
    const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const TEXT = [
    ...["text", "text-soft", "text-faint"].flatMap((text) =>
      ["bg", "surface", "surface-sunken"].map((on) => [text, on]),
    ),
    ...["accent", "danger", "warn", "info"].flatMap((text) => ["bg", "surface"].map((on) => [text, on])),
    ...["danger", "warn", "info"].map((tone) => [tone, `${tone}-soft`]),
    ...["accent-soft", "danger-soft", "warn-soft", "info-soft"].map((on) => ["text", on]),
    ["accent-strong", "accent-soft"],
    ["accent-ink", "accent"],
    ["accent-ink", "accent-strong"],
    ["danger-ink", "danger"],
  ];
  const SHAPES = ["chart-1", "chart-2", "chart-3", "chart-4", "line-field"].map((shape) => [shape, "surface"]);

  it.each([
    "light",
    "dark",
  ] as const)("have enough contrast in %s: text 4.5 to 1, shapes 3 to 1 (WCAG 2.2 AA)", (theme) => {
    for (const [pairs, least] of [[TEXT, 4.5] as const, [SHAPES, 3] as const]) {
      for (const [front = "", back = ""] of pairs) {
        const ratio = contrast(colors.get(front)?.[theme] ?? "", colors.get(back)?.[theme] ?? "");
        expect(ratio, `${front} on ${back}`).toBeGreaterThanOrEqual(least);
      }
    }
  });

  /** What a person sees who lacks one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1), in linear light. */
  const SIGHTS = {
    protanopia: [
      [0.152286, 1.052583, -0.204868],
      [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    deuteranopia: [
      [0.367322, 0.860646, -0.227968],
      [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
    tritanopia: [
      [1.255528, -0.076749, -0.178779],
      [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
  } as const satisfies Record<string, readonly Triple[]>;
  const seen = (sight: readonly Triple[], [red, green, blue]: Triple) =>
    sight.map(([r, g, b]) => Math.min(1, Math.max(0, r * red + g * green + b * blue))) as unknown as Triple;
  /** CIE L*a*b* under D65, where a distance of 2.3 is just noticeable. */
  const lab = ([red, green, blue]: Triple): Triple => {
    const scale = (value: number) => (value > 216 / 24_389 ? Math.cbrt(value) : (value * 24_389) / 3_132 + 16 / 116);
    const x = scale((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047);
    const y = scale(0.2126729 * red + 0.7151522 * green + 0.072175 * blue);
    const z = scale((0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883);
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  };
  const LEAST_DISTANCE = 10;

  it.each(Object.entries(SIGHTS))("of a chart's series differ clearly with %s, beside their patterns", (_, sight) => {
    const series = ["chart-1", "chart-2", "chart-3", "chart-4"];
    for (const theme of ["light", "dark"] as const) {
      const places = series.map((name) => lab(seen(sight, lightOf(colors.get(name)?.[theme] ?? ""))));
      for (const [index, one] of places.entries()) {
        for (const [further, other] of places.slice(index + 1).entries()) {
          const distance = Math.hypot(...one.map((value, axis) => value - (other[axis] ?? 0)));
          const names = `${series[index]} and ${series[index + 1 + further]}, ${theme}`;
          expect(distance, names).toBeGreaterThanOrEqual(LEAST_DISTANCE);
        }
      }
    }
  });
});
