/** The product's mark and name. */
import { h, svg } from "./dom.ts";

/** @param part which of the pages this is */
export function brand(part: string, href?: string): HTMLElement {
  const mark = svg(
    "svg",
    { viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("rect", { width: 32, height: 32, rx: 8, fill: "#17694c" }),
    svg("path", { d: "M5 12.5h22M5 19.5h22", stroke: "#bfe6d3", "stroke-width": 2.6, "stroke-linecap": "round" }),
    svg("path", { d: "M10.5 7.5v17M21.5 7.5v17", stroke: "#fff", "stroke-width": 3.2, "stroke-linecap": "round" }),
  );
  const content = [mark, "Paddock", h("small", {}, part)];
  return href === undefined ? h("span", { class: "brand" }, content) : h("a", { class: "brand", href }, content);
}
