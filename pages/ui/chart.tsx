/** Charts as components. */
import { type ColumnChart, columnChart } from "../lib/charts.ts";
import { Legacy } from "./legacy.tsx";

/** Stacked columns over days. */
export function Columns(props: ColumnChart) {
  return <Legacy make={() => columnChart(props)} of={JSON.stringify(props)} />;
}
