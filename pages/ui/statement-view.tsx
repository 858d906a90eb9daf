/** A monthly statement: balances, charges by model, credits, and each day; made to be printed. */
import { dateLocale } from "../i18n/language.ts";
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { formatNumber, formatSigned, formatUtc } from "../lib/format.ts";
import { save } from "../lib/save.ts";
import type { Statement } from "../lib/types.ts";
import { Button } from "./button.tsx";
import { Card, Empty, Loaded } from "./parts.tsx";
import { Table } from "./table.tsx";
import { useData } from "./use-data.ts";
import { useId } from "./use-id.ts";
import { setFilter, useSettings } from "./use-settings.ts";

type Line = Statement["lines"][number];

/** Whose statement is shown. */
export interface StatementViewProps {
  readonly api: Api;
  /** Without the month. */
  readonly path: string;
  readonly tenantId: string;
  /** When the tenant was created, if known: months before have no statement. */
  readonly since?: string | undefined;
}

const thisMonth = () => new Date().toISOString().slice(0, 7);

/** Shows the statement of the month that the URL names, the running one without any. */
export function StatementView({ api, path, tenantId, since }: StatementViewProps) {
  const id = useId();
  const setting = useSettings();
  const now = thisMonth();
  const month = /^\d{4}-(0[1-9]|1[0-2])$/.test(setting("month")) ? setting("month") : now;
  const statement = useData<Statement>(api, `${path}/${month}`);
  const first = since?.slice(0, 7) ?? "2026-01";
  const exportCsv = async () => save(await api.csv(`${path}/${month}`), `statement-${tenantId}-${month}.csv`);
  const go = (by: number) => {
    const next = shifted(month, by);
    setFilter("month", next);
    // At an end the button that was pressed is disabled, which would lose the keyboard.
    if (next <= first || next >= now) document.getElementById(id)?.focus();
  };
  return (
    <Card
      title={t("money.statement")}
      actions={
        <>
          <Button work={() => print()}>{t("money.print")}</Button>
          <Button work={exportCsv} icon="download">
            {t("common.exportCsv")}
          </Button>
        </>
      }
    >
      <div class="statement-month">
        <button type="button" class="button" disabled={month <= first} onClick={() => go(-1)}>
          {t("money.previousMonth")}
        </button>
        <div class="field">
          <label class="field-label" for={id}>
            {t("money.month")}
          </label>
          <input
            class="input"
            id={id}
            type="month"
            min={first}
            max={now}
            value={month}
            onChange={(event) => setFilter("month", event.currentTarget.value)}
          />
        </div>
        <button type="button" class="button" disabled={month >= now} onClick={() => go(1)}>
          {t("money.nextMonth")}
        </button>
      </div>
      <Loaded of={statement}>{(data) => <Sheet statement={data} />}</Loaded>
    </Card>
  );
}

function shifted(month: string, by: number): string {
  const date = new Date(`${month}-15T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + by);
  return date.toISOString().slice(0, 7);
}

function Sheet({ statement }: { readonly statement: Statement }) {
  const { name, month, to, closed, openingBalance, charges, credits, closingBalance, tasks, lines } = statement;
  const title = new Intl.DateTimeFormat(dateLocale(), { month: "long", year: "numeric", timeZone: "UTC" });
  const given = lines.filter(({ kind }) => kind === "credit");
  return (
    <article class="statement">
      <header>
        <h3>{name}</h3>
        <p>
          {title.format(new Date(`${month}-15T00:00:00Z`))}{" "}
          <span class="faint">{closed ? t("money.monthUtc") : t("money.running", { at: formatUtc(to) })}</span>
        </p>
      </header>
      <dl class="statement-sums">
        <Sum name={t("money.openingBalance")} value={formatNumber(openingBalance)} />
        <Sum name={t("money.charges")} note={t("common.tasks", { count: tasks })} value={formatSigned(charges)} />
        <Sum name={t("money.credits")} value={formatSigned(credits)} />
        <Sum name={t("money.closingBalance")} value={formatNumber(closingBalance)} />
      </dl>
      {lines.length === 0 ? (
        <Empty title={t("money.noLines")}>
          <p>{t("money.noLinesText")}</p>
        </Empty>
      ) : (
        <>
          <h3>{t("money.byModel")}</h3>
          <Table
            columns={[
              { title: t("usage.model"), value: ({ model }) => model, long: true },
              { title: t("usage.tasks"), value: (line) => formatNumber(line.tasks), numeric: true },
              { title: t("usage.credits"), value: (line) => formatSigned(line.credits), numeric: true },
            ]}
            rows={byModel(lines)}
            keyOf={({ model }) => model ?? ""}
            label={t("money.byModel")}
          />
          {given.length > 0 && (
            <>
              <h3>{t("money.credits")}</h3>
              <Table
                columns={[
                  { title: t("usage.day"), value: ({ day }) => day },
                  { title: t("money.note"), value: ({ note }) => note ?? "", long: true },
                  { title: t("usage.credits"), value: (line) => formatSigned(line.credits), numeric: true },
                ]}
                rows={given}
                keyOf={({ entryId, day }) => entryId ?? day}
                label={t("money.credits")}
              />
            </>
          )}
          <h3>{t("money.byDay")}</h3>
          <Table
            columns={[
              { title: t("usage.day"), value: ({ day }) => day },
              { title: t("usage.tasks"), value: (day) => formatNumber(day.tasks), numeric: true },
              { title: t("money.charges"), value: (day) => formatSigned(day.charges), numeric: true },
              { title: t("money.credits"), value: (day) => formatSigned(day.credits), numeric: true },
              { title: t("money.balance"), value: (day) => formatNumber(day.balance), numeric: true },
            ]}
            rows={byDay(statement)}
            keyOf={({ day }) => day}
            label={t("money.byDay")}
          />
        </>
      )}
    </article>
  );
}

function Sum({ name, value, note }: { readonly name: string; readonly value: string; readonly note?: string }) {
  return (
    <div>
      <dt>
        {name} {note && <small class="faint">{note}</small>}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

function byModel(lines: readonly Line[]): Pick<Line, "model" | "tasks" | "credits">[] {
  const sums = new Map<string | null, Pick<Line, "model" | "tasks" | "credits">>();
  for (const { kind, model, tasks, credits } of lines) {
    if (kind !== "charge") continue;
    const known = sums.get(model) ?? { model, tasks: 0, credits: 0 };
    sums.set(model, { model, tasks: known.tasks + tasks, credits: known.credits + credits });
  }
  return [...sums.values()];
}

function byDay({ lines, openingBalance }: Statement) {
  let balance = openingBalance;
  return [...Map.groupBy(lines, ({ day }) => day)].map(([day, own]) => {
    const sum = (kind: Line["kind"]) => own.reduce((total, line) => total + (line.kind === kind ? line.credits : 0), 0);
    const [charges, credits] = [sum("charge"), sum("credit")];
    balance += charges + credits;
    return { day, tasks: own.reduce((total, { tasks }) => total + tasks, 0), charges, credits, balance };
  });
}
