/** Rows of anything; on a phone each row becomes a small card with the title of each column in it. */
import type { ComponentChildren } from "preact";

/** A column of a table. */
export interface Column<T> {
  /** Empty for a column of buttons. */
  readonly title: string;
  readonly value: (row: T) => ComponentChildren;
  /** Numbers stand at the right. */
  readonly numeric?: boolean;
  /** Text of any length, perhaps without a blank: broken anywhere, so that it does not push the others out of sight. */
  readonly long?: boolean;
  /** Name of the order in the API; the title becomes a button that sorts. */
  readonly sort?: string;
}

/** The order of a table, as the API names it: `name`, or `-name` for descending. */
export interface Sort {
  readonly value: string;
  readonly choose: (value: string) => void;
}

/** What a table shows. */
export interface TableProps<T> {
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string | number;
  /** Makes each row a link, which is in the first column. */
  readonly href?: ((row: T) => string) | undefined;
  readonly sort?: Sort | undefined;
  /** Name of the table for a screen reader. */
  readonly label?: string | undefined;
}

/** A table. */
export function Table<T>({ columns, rows, keyOf, href, sort, label }: TableProps<T>) {
  return (
    <div class="table-scroll">
      <table class="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.title} column={column as Column<never>} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} class={href ? "opens" : undefined}>
              {columns.map((column, index) => (
                <td key={column.title} class={classOf(column)} data-title={column.title}>
                  {index === 0 && href ? (
                    <a class="row-link" href={href(row)}>
                      {column.value(row)}
                    </a>
                  ) : (
                    column.value(row)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf({ numeric, long }: Pick<Column<never>, "numeric" | "long">): string | undefined {
  return [numeric && "numeric", long && "long"].filter(Boolean).join(" ") || undefined;
}

function Head({ column, sort }: { readonly column: Column<never>; readonly sort: Sort | undefined }) {
  const { title, sort: name } = column;
  if (title === "") return <td class={classOf(column)} />;
  if (name === undefined || !sort) {
    return (
      <th scope="col" class={classOf(column)}>
        {title}
      </th>
    );
  }
  const order = sort.value === name ? "ascending" : sort.value === `-${name}` ? "descending" : "none";
  return (
    <th scope="col" class={classOf(column)} aria-sort={order}>
      <button type="button" class="sort" onClick={() => sort.choose(order === "ascending" ? `-${name}` : name)}>
        {title}
      </button>
    </th>
  );
}
