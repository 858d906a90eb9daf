/** Charts drawn as SVG: stacked columns over days, and horizontal bars. Each has its figures as a table for who cannot see it. */
import { type Child, fill, h, svg } from "./dom.ts";
import { formatCompact, formatNumber } from "./format.ts";

/** One series of a chart. */
export interface Series {
  readonly name: string;
  /** Which of the theme's chart colours, 1–4. */
  readonly color: 1 | 2 | 3 | 4;
  readonly values: readonly number[];
}

/** A chart of stacked columns. */
export interface ColumnChart {
  /** What it shows, for a screen reader. */
  readonly title: string;
  readonly labels: readonly string[];
  readonly series: readonly Series[];
}

const HEIGHT = 220;
const MARGIN = { top: 10, right: 4, bottom: 26, left: 44 };

/** Stacked columns; redraws itself with the room it has. */
export function columnChart({ title, labels, series }: ColumnChart): HTMLElement {
  const plot = h("div", { class: "chart-plot" });
  const tip = h("div", { class: "chart-tip", hidden: true });
  const totals = labels.map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const top = niceCeiling(Math.max(0, ...totals));
  const draw = () => fill(plot, drawColumns({ width: plot.clientWidth || 640, labels, series, top, tip, plot }), tip);
  new ResizeObserver(draw).observe(plot);
  const legend =
    series.length > 1 &&
    h(
      "div",
      { class: "legend" },
      series.map(({ name, color }) => legendEntry(name, color)),
    );
  return h(
    "figure",
    { class: "chart", role: "group", "aria-label": title },
    legend,
    plot,
    figureTable(title, labels, series),
  );
}

function legendEntry(name: string, color: number): HTMLElement {
  return h("span", {}, h("i", { class: `swatch chart-${color}` }), name);
}

interface Drawing extends Omit<ColumnChart, "title"> {
  readonly width: number;
  readonly top: number;
  readonly tip: HTMLElement;
  readonly plot: HTMLElement;
}

function drawColumns({ width, labels, series, top, tip, plot }: Drawing): SVGSVGElement {
  const innerWidth = width - MARGIN.left - MARGIN.right;
  const innerHeight = HEIGHT - MARGIN.top - MARGIN.bottom;
  const step = innerWidth / Math.max(1, labels.length);
  const barWidth = Math.max(2, Math.min(34, step * 0.68));
  const y = (value: number) => MARGIN.top + innerHeight * (1 - (top === 0 ? 0 : value / top));
  const every = Math.ceil(labels.length / Math.max(2, Math.floor(innerWidth / 76)));
  const columns = labels.map((label, index) => {
    const center = MARGIN.left + step * (index + 0.5);
    let base = 0;
    const parts = series.map(({ color, values }) => {
      const value = values[index] ?? 0;
      const from = y(base);
      base += value;
      const height = Math.max(value > 0 ? 1.5 : 0, from - y(base));
      return svg("rect", {
        x: center - barWidth / 2,
        y: from - height,
        width: barWidth,
        height,
        rx: 2,
        class: `chart-${color}`,
      });
    });
    const show = () => {
      fill(
        tip,
        h("strong", {}, label),
        series.map(({ name, color, values }) =>
          h("div", {}, h("i", { class: `swatch chart-${color}` }), name, h("b", {}, formatNumber(values[index] ?? 0))),
        ),
      );
      tip.hidden = false;
      tip.style.left = `${Math.max(0, Math.min(center - tip.offsetWidth / 2, plot.clientWidth - tip.offsetWidth))}px`;
      tip.style.top = `${Math.max(0, y(base) - tip.offsetHeight - 10)}px`;
    };
    const hide = () => {
      tip.hidden = true;
    };
    const hit = { x: center - step / 2, y: MARGIN.top, width: step, height: innerHeight, class: "chart-hit" };
    return svg(
      "g",
      {},
      parts,
      svg("rect", { ...hit, onmouseenter: show, onmouseleave: hide }),
      index % every === 0 && svg("text", { x: center, y: HEIGHT - 8, "text-anchor": "middle" }, label),
    );
  });
  const lines: Child[] = [0, 0.5, 1].map((share) => {
    const at = y(top * share);
    return [
      svg("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at, class: "chart-line" }),
      svg("text", { x: MARGIN.left - 10, y: at + 4, "text-anchor": "end" }, formatCompact(top * share)),
    ];
  });
  // Series 3 is striped: failed tasks are told from completed ones without colours.
  const stripes =
    series.some(({ color }) => color === 3) &&
    svg(
      "pattern",
      { id: "chart-stripes", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 5, height: 5, class: "chart-ground" }),
      svg("rect", { width: 3, height: 5, class: "chart-stripe" }),
    );
  return svg(
    "svg",
    { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" },
    stripes && svg("defs", {}, stripes),
    lines,
    columns,
  );
}

/** The same figures in words; only for screen readers. In a box, because a table is never narrower than its words. */
function figureTable(title: string, labels: readonly string[], series: readonly Series[]): HTMLElement {
  const table = h(
    "table",
    {},
    h("caption", {}, title),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Day"),
        series.map(({ name }) => h("th", { scope: "col" }, name)),
      ),
    ),
    h(
      "tbody",
      {},
      labels.map((label, index) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, label),
          series.map(({ values }) => h("td", {}, values[index] ?? 0)),
        ),
      ),
    ),
  );
  return h("div", { class: "visually-hidden" }, table);
}

/** The least of 1, 2, 5 × 10ⁿ (and twice such) that is not below `value`; at least 2, so that the half has no fraction. */
export function niceCeiling(value: number): number {
  if (value <= 2) return 2;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}

/** One bar of a list of bars. */
export interface Bar {
  readonly label: Child;
  readonly value: number;
  readonly note?: string;
}

/** Horizontal bars, the longest full. */
export function barList(bars: readonly Bar[]): HTMLElement {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return h(
    "ul",
    { class: "bars" },
    bars.map(({ label, value, note }) => {
      const bar = h("i", { class: "bar" });
      bar.style.width = `${Math.max(0, (value / most) * 100)}%`;
      return h(
        "li",
        {},
        h("span", {}, label),
        h("b", {}, formatNumber(value), note && h("small", {}, ` ${note}`)),
        bar,
      );
    }),
  );
}
