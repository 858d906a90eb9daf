/** A list of the API as a table, with its pages; and the filters above it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { setListSettings } from "../lib/router.ts";
import { Button } from "./button.tsx";
import type { Choices } from "./fields.tsx";
import { Empty, Loaded } from "./parts.tsx";
import { type Column, Table } from "./table.tsx";
import { useId } from "./use-id.ts";
import { choosePage, type List, type ListPage } from "./use-list.ts";
import { setFilter, useSettings } from "./use-settings.ts";

/** What stands in place of an empty list: before there is anything, and when a filter finds nothing. */
export interface EmptyTexts {
  readonly title: string;
  readonly text: ComponentChildren;
  readonly filteredTitle?: string;
  readonly filteredText?: ComponentChildren;
}

/** A list as a table. */
export function ListTable<B, T>(props: {
  readonly list: List<B, T>;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string | number;
  readonly href?: (row: T) => string;
  readonly empty: EmptyTexts;
  readonly label?: string;
  /** The order if the URL has none, for a list that can be sorted. */
  readonly defaultSort?: string;
}) {
  const { columns, keyOf, href, label, defaultSort } = props;
  const setting = useSettings();
  const sort =
    defaultSort === undefined
      ? undefined
      : { value: setting("sort") || defaultSort, choose: (value: string) => setFilter("sort", value) };
  return (
    <ListView list={props.list} empty={props.empty}>
      {(rows) => <Table columns={columns} rows={rows} keyOf={keyOf} href={href} sort={sort} label={label} />}
    </ListView>
  );
}

/** A list in any form, such as pictures. */
export function ListView<B, T>(props: {
  readonly list: List<B, T>;
  readonly empty: EmptyTexts;
  readonly children: (rows: readonly T[]) => ComponentChildren;
}) {
  const { list, empty } = props;
  return (
    <Loaded of={list}>
      {(page) => (
        <>
          {page.rows.length > 0 ? (
            props.children(page.rows)
          ) : list.isFiltered ? (
            <Empty title={empty.filteredTitle ?? t("common.nothingFound")}>
              <p>{empty.filteredText ?? t("common.changeFilters")}</p>
            </Empty>
          ) : (
            <Empty title={empty.title}>{typeof empty.text === "string" ? <p>{empty.text}</p> : empty.text}</Empty>
          )}
          <Pager page={page} limit={list.limit} />
        </>
      )}
    </Loaded>
  );
}

function Pager<B, T>({
  page: { page, isLast, rows, body },
  limit,
}: {
  readonly page: ListPage<B, T>;
  readonly limit: number;
}) {
  if (page === 1 && isLast) return null;
  const total = (body as { readonly total?: number }).total;
  const first = (page - 1) * limit + 1;
  // Not `disabled` below, which would take the keyboard away from the button.
  const go = (next: number) => {
    choosePage(next);
    scrollTo({ top: 0, behavior: "instant" });
  };
  const range = { from: first, to: first + rows.length - 1 };
  return (
    <nav class="pager" aria-label={t("common.pages")}>
      <button type="button" class="button" aria-disabled={page === 1} onClick={() => page > 1 && go(page - 1)}>
        {t("common.previous")}
      </button>
      <span role="status">
        {total === undefined
          ? t("common.page", { page })
          : t("common.pageOf", { page, pages: Math.max(page, Math.ceil(total / limit)) })}{" "}
        <small class="faint">
          {rows.length > 0 && (total === undefined ? t("common.rows", range) : t("common.rowsOf", { ...range, total }))}
        </small>
      </span>
      <button type="button" class="button" aria-disabled={isLast} onClick={() => !isLast && go(page + 1)}>
        {t("common.next")}
      </button>
    </nav>
  );
}

/** A row of filters above a list. */
export function Filters({ children }: { readonly children: ComponentChildren }) {
  return <search class="filters">{children}</search>;
}

/** Filters that a narrow screen hides until they are wanted or set. */
export function MoreFilters({
  names,
  children,
}: {
  readonly names: readonly string[];
  readonly children: ComponentChildren;
}) {
  const setting = useSettings();
  const isOpen = useRef(matchMedia("(min-width: 821px)").matches || names.some((name) => setting(name) !== "")).current;
  return (
    <details class="more-filters" open={isOpen}>
      <summary>{t("common.moreFilters")}</summary>
      <div class="filters">{children}</div>
    </details>
  );
}

interface FilterProps {
  /** Name of the setting in the URL. */
  readonly name: string;
  readonly label: string;
}

/** A filter of a few values; "" is any. */
export function FilterChoice({ name, label, choices }: FilterProps & { readonly choices: Choices }) {
  const id = useId();
  const value = useSettings()(name);
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <select class="input" id={id} value={value} onChange={(event) => setFilter(name, event.currentTarget.value)}>
        <option value="">{t("common.any")}</option>
        {choices.map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

const TYPING_MS = 250;

/** A filter of text, which waits until the person stops typing; `type="date"` for a day. */
export function FilterText(props: FilterProps & { readonly type?: "text" | "date"; readonly placeholder?: string }) {
  const { name, label, type = "text", placeholder } = props;
  const id = useId();
  const value = useSettings()(name);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  // What another part of the page sets is shown, but what is being typed is left alone.
  useEffect(() => {
    if (input.current && input.current !== document.activeElement) input.current.value = value;
  }, [value]);
  const change = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFilter(name, input.current?.value.trim() ?? ""), TYPING_MS);
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <input
        ref={input}
        class="input"
        id={id}
        type={type}
        placeholder={placeholder}
        defaultValue={value}
        autocomplete="off"
        spellcheck={false}
        onInput={change}
      />
    </div>
  );
}

/** A button that removes all filters, while there are any. */
export function ClearFilters({ names }: { readonly names: readonly string[] }) {
  const setting = useSettings();
  if (names.every((name) => setting(name) === "")) return null;
  const clear = () => setListSettings({ ...Object.fromEntries(names.map((name) => [name, null])), page: null });
  return (
    <Button kind="quiet" work={clear}>
      {t("common.clearFilters")}
    </Button>
  );
}
