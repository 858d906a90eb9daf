/** Icons of 24 × 24, drawn as strokes in the colour of the text around them. */
export const ICON_PATHS = {
  theme: ["M12 3a9 9 0 1 0 0 18Z", "M12 3a9 9 0 0 1 0 18"],
  search: ["M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Z", "m16.2 16.2 4.3 4.3"],
  copy: ["M9 9h10v11H9Z", "M5 15V4h10"],
  check: ["m5 12.5 4.5 4.5L19 7.5"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  plus: ["M12 5v14", "M5 12h14"],
  menu: ["M4 7h16", "M4 12h16", "M4 17h16"],
  overview: ["M4 20V11", "M10 20V4", "M16 20v-6", "M21 20H3"],
  tenants: [
    "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z",
    "M2.5 20c0-3.5 2.9-6 6.5-6s6.5 2.5 6.5 6",
    "M16.5 4a4 4 0 0 1 0 7",
    "M18 14.5c2.1.8 3.5 2.9 3.5 5.5",
  ],
  audit: ["M5 3h10l4 4v14H5Z", "M15 3v4h4", "M9 12h6", "M9 16h6"],
  signout: ["M14 4H5v16h9", "M10 12h11", "m17.5 8.5 3.5 3.5-3.5 3.5"],
  key: ["M8 15a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M12 11h9", "M18 11v4"],
  ledger: ["M5 4h14v16H5Z", "M9 9h6", "M9 13h6", "M9 17h3"],
  image: ["M4 5h16v14H4Z", "m4 16 5-5 4 4 3-3 4 4", "M15.5 9.5h.01"],
  video: ["M3 6h12v12H3Z", "m15 10.5 6-3.5v10l-6-3.5"],
  webhook: [
    "M12 8a3 3 0 1 0-2.6-1.5",
    "m9.5 7-4 7",
    "M5 20a3 3 0 1 0-1.5-5.6",
    "M8 17h8",
    "M19 20a3 3 0 1 0-2.6-4.5",
    "m13.5 7.5 4 7",
  ],
  external: ["M14 4h6v6", "M20 4 10 14", "M18 14v6H4V6h6"],
  back: ["M19 12H5", "m11 6-6 6 6 6"],
  next: ["m9 6 6 6-6 6"],
  download: ["M12 4v11", "m7 10.5 5 5 5-5", "M5 20h14"],
  alert: ["M12 4 2.5 20h19Z", "M12 10v4.5", "M12 17.2h.01"],
  refresh: ["M20 11a8 8 0 1 0-1.5 5.5", "M20 5v6h-6"],
} as const;

/** Names of the icons. */
export type IconName = keyof typeof ICON_PATHS;

const SVG = "http://www.w3.org/2000/svg";

/** @returns the icon; it says nothing to a screen reader */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [attribute, value] of [
    ["viewBox", "0 0 24 24"],
    ["fill", "none"],
    ["stroke", "currentColor"],
    ["stroke-width", "1.7"],
    ["stroke-linecap", "round"],
    ["stroke-linejoin", "round"],
    ["aria-hidden", "true"],
  ] as const) {
    svg.setAttribute(attribute, value);
  }
  for (const d of ICON_PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
