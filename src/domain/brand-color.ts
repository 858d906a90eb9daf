/**
 * The colours of the pages from the one colour of a brand. Texts must keep the contrast of WCAG 2.2 AA on every background of the
 * theme (pages/styles/theme.css), so the colour is darkened in the light theme, and lightened in the dark one, until it has it.
 */

/** Red, green and blue, 0 to 255. */
type Rgb = readonly [number, number, number];

/** Contrast of WCAG 2.2 AA for texts of the normal size. */
export const AA_CONTRAST = 4.5;

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
/** Steps from the colour to black or white. */
const STEPS = 50;
/** Part of the colour in the background of what is selected. */
const SOFT = 0.14;

/** A theme: its backgrounds, and the end of the scale that texts move to. */
interface Theme {
  readonly backgrounds: readonly Rgb[];
  readonly towards: Rgb;
}

const LIGHT: Theme = { backgrounds: ["#ffffff", "#f6f5f1", "#f0eee8"].map(toRgb), towards: BLACK };
const DARK: Theme = { backgrounds: ["#111310", "#191c18", "#141713", "#20241f"].map(toRgb), towards: WHITE };

/** @returns a colour as `#rrggbb`, or null for a text that is none of the forms `#rgb` and `#rrggbb` */
export function parseColor(text: string): string | null {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text);
  if (short)
    return `#${short
      .slice(1)
      .map((digit) => digit + digit)
      .join("")}`.toLowerCase();
  return /^#[0-9a-f]{6}$/i.test(text) ? text.toLowerCase() : null;
}

/** @param color as by `parseColor`. @returns a style sheet that replaces the theme's accents */
export function brandStyle(color: string): string {
  const [light, dark] = [LIGHT, DARK].map((theme) => accentsOf(toRgb(color), theme)) as [Accents, Accents];
  const names = Object.keys(light) as (keyof Accents)[];
  const declarations = names.map((name) => `--${name}:light-dark(${toHex(light[name])},${toHex(dark[name])})`);
  return `:root{${declarations.join(";")}}\n`;
}

/** Accents of one theme, named as in the style sheet. */
type Accents = Readonly<Record<"accent" | "accent-strong" | "accent-ink" | "accent-soft", Rgb>>;

function accentsOf(color: Rgb, { backgrounds, towards }: Theme): Accents {
  for (let step = 0; step <= STEPS; step += 1) {
    const accent = mix(color, towards, step / STEPS);
    const soft = mix(backgrounds[0] ?? WHITE, accent, SOFT);
    if (![...backgrounds, soft].every((background) => contrast(accent, background) >= AA_CONTRAST)) continue;
    const ink = contrast(accent, WHITE) >= contrast(accent, BLACK) ? WHITE : BLACK;
    return { accent, "accent-strong": mix(accent, towards, 0.25), "accent-ink": ink, "accent-soft": soft };
  }
  throw new Error("Black and white have this contrast on every background");
}

/** @returns the contrast of two colours by WCAG 2.2, from 1 to 21 */
export function contrastOf(one: string, other: string): number {
  return contrast(toRgb(one), toRgb(other));
}

function contrast(one: Rgb, other: Rgb): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance (WCAG 2.2, definitions). */
function luminance(rgb: Rgb): number {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  return from.map((value, index) => Math.round(value + ((to[index] ?? 0) - value) * part)) as never;
}

function toRgb(color: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as never;
}

function toHex(rgb: Rgb): string {
  return `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
