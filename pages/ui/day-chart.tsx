/**
 * Stacked columns over days (UTC). Each series has a pattern of its own besides its colour. The keyboard goes from day to day
 * with the arrow keys, a day leads to what it counts, and the figures are in a table too.
 */
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { formatCompact, formatDay, formatNumber } from "../lib/format.ts";
import { niceTicks } from "../lib/ticks.ts";
import { Table } from "./table.tsx";
import { useId } from "./use-id.ts";

/** One series of a chart. */
export interface DaySeries {
  readonly name: string;
  /** Which of the theme's chart colours, with its pattern. */
  readonly color: 1 | 2 | 3 | 4;
  /** One for each day. Negative values hang below the line. */
  readonly values: readonly number[];
}

/** A chart of days. */
export interface DayChartProps {
  readonly title: string;
  /** As `2026-11-22`. */
  readonly days: readonly string[];
  readonly series: readonly DaySeries[];
  /** Where a day leads. */
  readonly href: (day: string) => string;
  /** What happens on this page instead, where the page shows the day itself. */
  readonly choose?: (day: string) => void;
  /** Name of the sum of all series; absent: they do not add up to anything. */
  readonly total?: string;
}

const HEIGHT = 200;
const MARGIN = { top: 8, right: 4, bottom: 24, left: 46 };

/** A chart of stacked columns, its legend with totals, and its figures. */
export function DayChart({ title, days, series, href, choose, total }: DayChartProps) {
  const id = useId();
  const plot = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [shown, setShown] = useState<number | null>(null);
  const [focusable, setFocusable] = useState(days.length - 1);
  useLayoutEffect(() => {
    const element = plot.current;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const valueAt = (index: number) => series.map(({ values }) => values[index] ?? 0);
  const sums = days.map((_, index) => valueAt(index).reduce((sum, value) => sum + value, 0));
  const ends = days.map((_, index) => endsOf(valueAt(index)));
  const ticks = niceTicks(Math.min(0, ...ends.map(([low]) => low)), Math.max(0, ...ends.map(([, high]) => high)));
  const [bottom = 0] = ticks;
  const top = ticks.at(-1) ?? 1;
  const inner = { width: Math.max(0, width - MARGIN.left - MARGIN.right), height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const y = (value: number) => MARGIN.top + (inner.height * (top - value)) / (top - bottom);
  const step = inner.width / Math.max(1, days.length);
  const every = Math.ceil(days.length / Math.max(2, Math.floor(inner.width / 64)));
  const wordsOf = (index: number) =>
    [
      formatDay(days[index] ?? ""),
      ...series.map(({ name, values }) => `${name} ${formatNumber(values[index] ?? 0)}`),
      ...(total === undefined ? [] : [`${total} ${formatNumber(sums[index] ?? 0)}`]),
    ].join(", ");
  const move = (event: KeyboardEvent) => {
    const to = { ArrowLeft: focusable - 1, ArrowRight: focusable + 1, Home: 0, End: days.length - 1 }[event.key];
    if (to === undefined || to < 0 || to >= days.length) return;
    event.preventDefault();
    setFocusable(to);
    plot.current?.querySelector<SVGElement>(`[data-day="${to}"]`)?.focus();
  };
  return (
    <figure class="chart">
      <figcaption class="legend">
        <span class="visually-hidden">{title}</span>
        {series.map(({ name, color, values }) => (
          <span key={name}>
            <svg class="pattern" width="12" height="12" aria-hidden="true">
              <rect width="12" height="12" rx="3" fill={fillOf(id, color)} />
            </svg>
            {name} <b>{formatNumber(round(values.reduce((sum, value) => sum + value, 0)))}</b>
          </span>
        ))}
        {total !== undefined && (
          <span>
            {total} <b>{formatNumber(round(sums.reduce((sum, value) => sum + value, 0)))}</b>
          </span>
        )}
        <small class="faint">{t("usage.utcDays")}</small>
      </figcaption>
      <div class="chart-plot" ref={plot}>
        {width > 0 && (
          // biome-ignore lint/a11y/noSvgWithoutTitle: a title would be a tooltip over every column; the caption names the chart.
          <svg width={width} height={HEIGHT} onKeyDown={move}>
            <Patterns id={id} />
            <g>
              {ticks.map((tick) => (
                <g key={tick}>
                  <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} class={lineClass(tick)} />
                  <text x={MARGIN.left - 8} y={y(tick) + 4} text-anchor="end">
                    {formatCompact(tick)}
                  </text>
                </g>
              ))}
            </g>
            {days.map((day, index) => (
              <Day
                key={day}
                index={index}
                href={href(day)}
                choose={choose && (() => choose(day))}
                words={wordsOf(index)}
                isFocusable={index === Math.min(focusable, days.length - 1)}
                focus={() => {
                  setFocusable(index);
                  setShown(index);
                }}
                show={(isShown) => setShown(isShown ? index : null)}
              >
                <rect
                  class="chart-hit"
                  x={MARGIN.left + step * index}
                  y={MARGIN.top}
                  width={step}
                  height={inner.height}
                />
                {stack(valueAt(index)).map(([from, to], place) => (
                  <rect
                    key={series[place]?.name}
                    x={MARGIN.left + step * (index + 0.5) - barWidth(step) / 2}
                    y={y(Math.max(from, to))}
                    width={barWidth(step)}
                    height={from === to ? 0 : Math.max(1.5, Math.abs(y(from) - y(to)))}
                    fill={fillOf(id, series[place]?.color ?? 1)}
                    class="chart-bar"
                  />
                ))}
                {index % every === 0 && (
                  <text x={MARGIN.left + step * (index + 0.5)} y={HEIGHT - 6} text-anchor="middle">
                    {formatDay(day)}
                  </text>
                )}
              </Day>
            ))}
          </svg>
        )}
        {shown !== null && (
          <Tip left={MARGIN.left + step * (shown + 0.5)} width={width}>
            <strong>{formatDay(days[shown] ?? "")} UTC</strong>
            {series.map(({ name, color, values }) => (
              <div key={name}>
                <svg class="pattern" width="12" height="12" aria-hidden="true">
                  <rect width="12" height="12" rx="3" fill={fillOf(id, color)} />
                </svg>
                {name} <b>{formatNumber(values[shown] ?? 0)}</b>
              </div>
            ))}
            {total !== undefined && (
              <div>
                {total} <b>{formatNumber(round(sums[shown] ?? 0))}</b>
              </div>
            )}
          </Tip>
        )}
      </div>
      <details class="figures">
        <summary>{t("usage.figures")}</summary>
        <Table
          label={title}
          rows={days.map((day, index) => ({ day, index }))}
          keyOf={({ day }) => day}
          columns={[
            { title: t("usage.day"), value: ({ day }) => day },
            ...series.map(({ name, values }) => ({
              title: name,
              value: ({ index }: { readonly index: number }) => formatNumber(values[index] ?? 0),
              numeric: true,
            })),
          ]}
        />
      </details>
    </figure>
  );
}

const round = (value: number) => Math.round(value * 1e6) / 1e6;
const barWidth = (step: number) => Math.max(2, Math.min(34, step * 0.7));
const fillOf = (id: string, color: DaySeries["color"]) => `url(#${id}-${color})`;
const lineClass = (tick: number) => (tick === 0 ? "chart-line zero" : "chart-line");

/** @returns where each value begins and ends: positive ones above each other, negative ones below */
function stack(values: readonly number[]): [from: number, to: number][] {
  let high = 0;
  let low = 0;
  return values.map((value) => {
    const from = value < 0 ? low : high;
    if (value < 0) low += value;
    else high += value;
    return [from, from + value];
  });
}

function endsOf(values: readonly number[]): [low: number, high: number] {
  const parts = stack(values).flat();
  return [Math.min(0, ...parts), Math.max(0, ...parts)];
}

interface DayProps {
  readonly index: number;
  readonly href: string;
  readonly choose: (() => void) | undefined;
  readonly words: string;
  readonly isFocusable: boolean;
  readonly focus: () => void;
  readonly show: (isShown: boolean) => void;
  readonly children: JSX.Element | unknown;
}

/** One column, a link. */
function Day({ index, href, choose, words, isFocusable, focus, show, children }: DayProps) {
  const attributes = {
    "aria-label": words,
    "data-day": index,
    tabIndex: isFocusable ? 0 : -1,
    class: "chart-day",
    onClick: (event: MouseEvent) => {
      if (!choose || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      choose();
    },
    onFocus: focus,
    onBlur: () => show(false),
    onMouseEnter: () => show(true),
    onMouseLeave: () => show(false),
  };
  return (
    <a href={href} {...(attributes as object)}>
      {children as JSX.Element}
    </a>
  );
}

function Tip(props: { readonly left: number; readonly width: number; readonly children: unknown }) {
  const tip = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = tip.current;
    if (!element) return;
    const left = Math.max(0, Math.min(props.left - element.offsetWidth / 2, props.width - element.offsetWidth));
    element.style.left = `${left}px`;
  });
  return (
    <div class="chart-tip" ref={tip} aria-hidden="true">
      {props.children as JSX.Element}
    </div>
  );
}

/** Plain, dots, stripes and lines: series can be told apart without colours. */
function Patterns({ id }: { readonly id: string }) {
  const ground = <rect width="6" height="6" class="chart-ground" />;
  const pattern = { width: 6, height: 6, patternUnits: "userSpaceOnUse" } as const;
  return (
    <defs>
      <pattern id={`${id}-1`} {...pattern}>
        <rect width="6" height="6" class="ink-1" />
      </pattern>
      <pattern id={`${id}-2`} {...pattern}>
        <rect width="6" height="6" class="ink-2" />
        <circle cx="3" cy="3" r="1.2" class="chart-ground" />
      </pattern>
      <pattern id={`${id}-3`} {...pattern} patternTransform="rotate(45)">
        {ground}
        <rect width="4" height="6" class="ink-3" />
      </pattern>
      <pattern id={`${id}-4`} {...pattern}>
        {ground}
        <rect width="6" height="4" class="ink-4" />
      </pattern>
    </defs>
  );
}
