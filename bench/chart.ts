/** Throughput as shares of the bare worker's: horizontal bars as one SVG file, readable on light and dark pages. */
import type { Figures } from "./rounds.ts";

/** One group of bars. */
export interface ChartGroup {
  readonly title: string;
  readonly bars: readonly {
    readonly name: string;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[];
}

const WIDTH = 760;
const LEFT = 200;
const RIGHT = 70;
const BAR = 16;
const ROW = 24;
const HEAD = 34;
/** Longer bars are cut and marked: nginx would make all others invisible. */
const MOST = 1.6;

/** @returns the group of a workload's figures; the first of them is the bare worker, which is 1 */
export function chartGroup(title: string, figures: readonly Figures[]): ChartGroup {
  const bars = figures.map(({ name, ratio }) => ({ name, value: ratio.median, low: ratio.min, high: ratio.max }));
  return { title, bars };
}

const xmlText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const x = (value: number) => LEFT + (Math.min(value, MOST) / MOST) * (WIDTH - LEFT - RIGHT);
const px = (value: number) => value.toFixed(1);

/** Returns the chart of all groups as one SVG document. */
export function renderChart(groups: readonly ChartGroup[]): string {
  const parts: string[] = [];
  let y = 8;
  const top = y;
  for (const { title, bars } of groups) {
    y += HEAD;
    parts.push(`<text x="8" y="${px(y - 10)}" class="title">${xmlText(title)}</text>`);
    for (const { name, value, low, high } of bars) {
      const middle = y + BAR / 2;
      const kind = name.startsWith("bare") ? "bare" : /nginx|Portkey/.test(name) ? "other" : "own";
      parts.push(
        `<text x="${LEFT - 8}" y="${px(middle + 4)}" text-anchor="end">${xmlText(name)}</text>`,
        `<rect x="${LEFT}" y="${px(y)}" width="${px(x(value) - LEFT)}" height="${BAR}" rx="2" class="${kind}"/>`,
        `<line x1="${px(x(low))}" x2="${px(x(high))}" y1="${px(middle)}" y2="${px(middle)}" class="spread"/>`,
        `<text x="${px(x(Math.max(value, high)) + 8)}" y="${px(middle + 4)}">${value.toFixed(2)}${value > MOST ? " →" : ""}</text>`,
      );
      y += ROW;
    }
  }
  const height = y + 12;
  const one = px(x(1));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Throughput beside a bare proxying worker">
<style>
  text { font: 13px system-ui, sans-serif; fill: #57606a } .title { font-weight: 600; fill: #24292f }
  .own { fill: #1a7f5a } .bare { fill: #8c959f } .other { fill: #c9a24b } .spread { stroke: #24292f; stroke-width: 1.5; opacity: .55 }
  .one { stroke: #8c959f; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) { text { fill: #9da7b1 } .title { fill: #e6edf3 } .spread { stroke: #e6edf3 } }
</style>
<line x1="${one}" x2="${one}" y1="${top + HEAD - 6}" y2="${height - 8}" class="one"/>
${parts.join("\n")}
</svg>
`;
}
