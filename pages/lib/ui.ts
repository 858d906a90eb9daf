/** The parts that pages are put together from. */
import { ApiError } from "./api.ts";
import { type Child, fill, h } from "./dom.ts";
import { formatDateTime, formatRelative, formatUtc } from "./format.ts";
import { type IconName, icon } from "./icons.ts";
import { listSetting, setListSettings } from "./router.ts";
import { toast } from "./toast.ts";

export { save } from "./save.ts";

/** How a badge or notice is coloured. */
export type Tone = "neutral" | "good" | "warn" | "bad" | "info";

/** Returns a short label in a colour. */
export function badge(text: string, tone: Tone = "neutral"): HTMLElement {
  return h("span", { class: `badge ${tone}` }, text);
}

/** A title with what can be done on its page. */
export function pageHead(title: Child, actions: Child = null, under: Child = null): HTMLElement {
  return h(
    "header",
    { class: "page-head" },
    h("div", {}, h("h1", {}, title), under),
    h("div", { class: "actions" }, actions),
  );
}

/** Returns a titled box. */
export function card(title: Child, ...content: Child[]): HTMLElement {
  return h("section", { class: "card" }, title && h("div", { class: "card-head" }, title), content);
}

/** Returns the title of a box, with actions at its right. */
export function cardTitle(text: string, actions: Child = null): Child {
  return [h("h2", {}, text), h("div", { class: "actions" }, actions)];
}

/** One figure with what it counts. */
export function stat(label: string, value: Child, note: Child = null): HTMLElement {
  const shown = h("dd", {}, value);
  // A long number is set smaller and not cut off (app.css).
  shown.style.setProperty("--characters", String(shown.textContent.length));
  return h("div", { class: "stat" }, h("dt", {}, label), shown, note && h("dd", { class: "stat-note" }, note));
}

/** Returns a row of figures. */
export function stats(...entries: Child[]): HTMLElement {
  return h("dl", { class: "stats" }, entries);
}

/** Names and values, one a line. */
export function facts(entries: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  return h(
    "dl",
    { class: "facts" },
    entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

/** Returns what is shown in place of an empty list. */
export function empty(title: string, text: string, action: Child = null): HTMLElement {
  return h("div", { class: "empty" }, h("h3", {}, title), h("p", {}, text), action);
}

/** A time in the reader's zone, with UTC on hover. */
export function moment(iso: string): HTMLElement {
  return h("time", { datetime: iso, title: formatUtc(iso) }, formatDateTime(iso));
}

/** `3 min. ago`, with the exact time on hover, in the reader's zone and in UTC. */
export function when(iso: string | null | undefined, otherwise = "never"): Child {
  if (!iso) return h("span", { class: "faint" }, otherwise);
  return h("time", { datetime: iso, title: `${formatDateTime(iso)} (${formatUtc(iso)})` }, formatRelative(iso));
}

/** How a button looks, and what it is called. */
export interface ButtonOptions {
  readonly kind?: "primary" | "danger" | "quiet";
  readonly icon?: IconName;
  readonly label?: string;
  readonly type?: "button" | "submit";
}

/** A button; while its work is under way it cannot be pressed again, and what goes wrong is shown. */
export function button(text: string, work: () => unknown, options: ButtonOptions = {}): HTMLButtonElement {
  const { kind = "", label, type = "button" } = options;
  const element = h(
    "button",
    { type, class: `button ${kind}`, "aria-label": label },
    options.icon && icon(options.icon),
    text,
  );
  element.addEventListener("click", async () => {
    // Not `disabled`, which would take the keyboard away from it.
    if (element.ariaDisabled === "true") return;
    element.ariaDisabled = "true";
    try {
      await work();
    } catch (error) {
      toast(messageOf(error), "bad");
    } finally {
      element.ariaDisabled = null;
    }
  });
  return element;
}

/** Returns the text to show for an error. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  console.error(error);
  return "Something went wrong on this page. Reload it and try again.";
}

/** A place that shows what `load` brings: something to wait by before, and what to do when it fails. */
export function loading(load: () => Promise<Child>): HTMLElement {
  const place = h(
    "div",
    { class: "loading", "aria-busy": "true" },
    h("span", { class: "spinner", role: "status", "aria-label": "Loading" }),
  );
  const attempt = async () => {
    try {
      const content = await load();
      place.className = "loaded";
      fill(place, content);
    } catch (error) {
      place.className = "failed";
      fill(place, notice("bad", messageOf(error)), button("Try again", attempt, { icon: "refresh" }));
    } finally {
      place.removeAttribute("aria-busy");
    }
  };
  void attempt();
  return place;
}

/** Returns a message box in a colour. */
export function notice(tone: Tone, ...content: Child[]): HTMLElement {
  return h("div", { class: `notice ${tone}`, role: tone === "bad" ? "alert" : null }, content);
}

/** Text with a button that copies it. */
export function copyable(text: string, shown: string = text): HTMLElement {
  return h("span", { class: "copyable" }, h("code", {}, shown), copyButton(text, `Copy ${shown}`));
}

/** Returns a button that copies a text to the clipboard. */
export function copyButton(text: string, label = "Copy", copied: () => void = () => {}): HTMLButtonElement {
  const element = h(
    "button",
    { type: "button", class: "icon-button small", "aria-label": label, title: "Copy" },
    icon("copy"),
  );
  element.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copied();
      fill(element, icon("check"));
      setTimeout(() => fill(element, icon("copy")), 1_500);
    } catch {
      toast("The browser does not let this page copy: select the text instead", "bad");
    }
  });
  return element;
}

/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => Child;
  /** Numbers stand at the right. */
  readonly numeric?: boolean;
  /** Text of any length, perhaps without a blank: broken anywhere, so that it does not push the others out of sight. */
  readonly long?: boolean;
}

/** Rows of anything; on a phone each row becomes a small card. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], onOpen?: (row: T) => string): HTMLElement {
  const className = ({ numeric, long }: Column<T>) =>
    [numeric && "numeric", long && "long"].filter(Boolean).join(" ") || null;
  return h(
    "div",
    { class: "table-scroll" },
    h(
      "table",
      { class: "table" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((column) =>
            column.title === ""
              ? h("td", { class: className(column) })
              : h("th", { scope: "col", class: className(column) }, column.title),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) => {
          const cells = columns.map((column, index) =>
            h(
              "td",
              { class: className(column), "data-title": column.title },
              index === 0 && onOpen
                ? h("a", { class: "row-link", href: onOpen(row) }, column.value(row))
                : column.value(row),
            ),
          );
          return h("tr", { class: onOpen ? "opens" : null }, cells);
        }),
      ),
    ),
  );
}

/** Most rows of a list that are loaded again on going back. */
const MOST_ROWS = 1_000;

/** One page of a list. */
export interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A list that grows by pages; the URL has how many rows. `show` draws all that has come so far. */
export function pagedList<T>(
  fetchPage: (cursor: string | null) => Promise<PageOf<T>>,
  show: (items: readonly T[]) => Child,
): HTMLElement {
  return loading(async () => {
    const items: T[] = [];
    let nextCursor: string | null = null;
    const grow = async () => {
      const page = await fetchPage(nextCursor);
      items.push(...page.items);
      nextCursor = page.nextCursor;
    };
    const wanted = Math.min(MOST_ROWS, Number(listSetting("rows")) || 0);
    do await grow();
    while (items.length < wanted && nextCursor !== null);
    const place = h("div", {}, show(items));
    const more = button("Show more", async () => {
      await grow();
      setListSettings({ rows: items.length });
      fill(place, show(items));
      more.hidden = nextCursor === null;
    });
    more.hidden = nextCursor === null;
    return [place, h("div", { class: "more" }, more)];
  });
}
