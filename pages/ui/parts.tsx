/** The parts that pages are put together from. */
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { formatDateTime, formatRelative, formatUtc, zoneName } from "../lib/format.ts";
import { lastAddress } from "../lib/router.ts";
import { Button } from "./button.tsx";
import { messageOf } from "./message.ts";
import type { Data } from "./use-data.ts";

type Children = { readonly children?: ComponentChildren };

/** The colour of a badge or notice; each has a sign of its own too (styles/cards.css). */
export type Tone = "neutral" | "good" | "warn" | "bad" | "info";

/** A short label in a colour. */
export function Badge({ tone = "neutral", children }: Children & { readonly tone?: Tone }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** A message in a box. */
export function Notice({ tone, children }: Children & { readonly tone: Exclude<Tone, "neutral"> }) {
  return (
    <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : undefined}>
      {children}
    </div>
  );
}

/** The title of a page, what can be done on it, and lines under the title. */
export function PageHead(props: {
  readonly title: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <header class="page-head">
      <div>
        <h1>{props.title}</h1>
        {props.children}
      </div>
      <div class="actions">{props.actions}</div>
    </header>
  );
}

/** A link back to a list, as it was shown last. */
export function Crumb({ path, children }: Children & { readonly path: string }) {
  return (
    <a class="crumb" href={lastAddress(path)}>
      {children}
    </a>
  );
}

/** A titled box with actions at the right of its title. */
export function Card(props: Children & { readonly title?: ComponentChildren; readonly actions?: ComponentChildren }) {
  return (
    <section class="card">
      {(props.title || props.actions) && (
        <div class="card-head">
          {props.title && <h2>{props.title}</h2>}
          <div class="actions">{props.actions}</div>
        </div>
      )}
      {props.children}
    </section>
  );
}

/** A row of figures. */
export function Stats({ children }: Children) {
  return <dl class="stats">{children}</dl>;
}

/** One figure with what it counts; with `href`, a link to what it counts. */
export function Stat(props: {
  readonly label: string;
  readonly value: string;
  readonly note?: ComponentChildren;
  readonly href?: string;
}) {
  const value = useRef<HTMLElement>(null);
  // A long number is set smaller and not cut off (styles/cards.css).
  useLayoutEffect(() => value.current?.style.setProperty("--characters", String(props.value.length)), [props.value]);
  return (
    <div class="stat">
      <dt>{props.label}</dt>
      <dd ref={value}>{props.href ? <a href={props.href}>{props.value}</a> : props.value}</dd>
      {props.note && <dd class="stat-note">{props.note}</dd>}
    </div>
  );
}

/** Names and values, one a line; entries that are false are left out. */
export function Facts(props: {
  readonly entries: readonly (readonly [name: string, value: ComponentChildren] | false)[];
}) {
  return (
    <dl class="facts">
      {props.entries.map(
        (entry) =>
          entry && (
            <div key={entry[0]}>
              <dt>{entry[0]}</dt>
              <dd>{entry[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** What stands in place of an empty list. */
export function Empty({ title, children }: Children & { readonly title: string }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A time in the reader's zone, which is named; UTC in the tooltip. */
export function Moment({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={formatUtc(at)}>
      {formatDateTime(at)}
    </time>
  );
}

/** The time since or until a moment, with the exact time in the tooltip. */
export function When(props: { readonly at: string | null | undefined; readonly otherwise?: string }): JSX.Element {
  const { at, otherwise = t("common.never") } = props;
  if (!at) return <span class="faint">{otherwise}</span>;
  return (
    <time dateTime={at} title={`${formatDateTime(at)} (${formatUtc(at)})`}>
      {formatRelative(at)}
    </time>
  );
}

/** Names the zone of a page's times, once a page. */
export function ZoneNote() {
  return <p class="faint">{t("common.timesIn", { zone: zoneName() })}</p>;
}

/** What a page shows until its data are there. */
export function Waiting() {
  return (
    <div class="loading" aria-busy="true">
      <span class="spinner" role="status" aria-label={t("common.loading")} />
    </div>
  );
}

/** What a page shows if its data could not be loaded. */
export function Failed({ error, again }: { readonly error: unknown; readonly again: () => unknown }) {
  return (
    <div class="failed">
      <Notice tone="bad">{messageOf(error)}</Notice>
      <Button work={again} icon="refresh">
        {t("common.tryAgain")}
      </Button>
    </div>
  );
}

/** Shows data once they are there. What is shown stays while newer data are loaded, and if that fails. */
export function Loaded<T>(props: { readonly of: Data<T>; readonly children: (data: T) => ComponentChildren }) {
  const { data, error, isStale, reload } = props.of;
  if (data === undefined) return error === undefined ? <Waiting /> : <Failed error={error} again={reload} />;
  return (
    <div class="loaded" aria-busy={isStale ? "true" : undefined}>
      {error !== undefined && <Notice tone="warn">{t("common.notRefreshed", { reason: messageOf(error) })}</Notice>}
      {props.children(data)}
    </div>
  );
}
