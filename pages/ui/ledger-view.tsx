/** The ledger: a line for each task with what it cost in the end, or every entry; filters are in the URL. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { formatNumber, formatSigned } from "../lib/format.ts";
import { save } from "../lib/save.ts";
import type { Ledger, LedgerEntry } from "../lib/types.ts";
import { Button, Segments } from "./button.tsx";
import { ClearFilters, FilterChoice, Filters, FilterText, ListView } from "./list.tsx";
import { Badge, Card, Moment, type Tone, ZoneNote } from "./parts.tsx";
import { type Column, Table } from "./table.tsx";
import { useList } from "./use-list.ts";
import { setFilter, useSettings } from "./use-settings.ts";

type Group = NonNullable<Ledger["groups"]>[number];
type Kind = LedgerEntry["kind"];

const FILTERS = ["kind", "from", "to", "taskId"] as const;
const KINDS: readonly Kind[] = ["hold", "correct", "capture", "release", "credit"];

/** Whose ledger is shown. */
export interface LedgerViewProps {
  readonly api: Api;
  readonly path: string;
  /** Of the export, without `.csv`. */
  readonly fileName: string;
  /** Buttons beside the export. */
  readonly actions?: ComponentChildren;
  readonly taskHref: (taskId: number) => string;
  /** Where the statements are. */
  readonly statementHref: string;
}

/** Shows a ledger, newest first. */
export function LedgerView({ api, path, fileName, actions, taskHref, statementHref }: LedgerViewProps) {
  const setting = useSettings();
  const byTask = setting("view") !== "entries";
  const list = useList<Ledger, Group | LedgerEntry>({
    api,
    path,
    filters: FILTERS,
    query: () => (byTask ? { groupBy: "task" } : {}),
    limit: 50,
    rows: (body) => (byTask ? (body.groups ?? []) : body.entries),
  });
  const body = list.data?.body;
  // Every entry, however it is shown: that is what an accountant adds up.
  const exportCsv = async () => save(await api.csv(path, { ...list.query, groupBy: null }), `${fileName}.csv`);
  return (
    <Card
      title={t("money.ledger")}
      actions={
        <>
          <a class="button" href={statementHref}>
            {t("money.statement")}
          </a>
          <Button work={exportCsv} icon="download">
            {t("common.exportCsv")}
          </Button>
          {actions}
        </>
      }
    >
      <Filters>
        <Segments
          label={t("money.view")}
          choices={[
            ["tasks", t("money.byTask")],
            ["entries", t("money.everyEntry")],
          ]}
          value={byTask ? "tasks" : "entries"}
          choose={(value) => setFilter("view", value === "tasks" ? "" : value)}
        />
        <FilterChoice name="kind" label={t("money.kind")} choices={KINDS.map((kind) => [kind, kindName(kind)])} />
        <FilterText name="from" label={t("usage.from")} type="date" />
        <FilterText name="to" label={t("usage.to")} type="date" />
        <FilterText name="taskId" label={t("money.taskId")} type="text" />
        <ClearFilters names={FILTERS} />
      </Filters>
      <ZoneNote />
      {byTask && body?.closingBalance != null && (
        <p class="balances">
          {t("money.pageBalances", {
            opening: formatNumber(body.openingBalance ?? 0),
            closing: formatNumber(body.closingBalance),
          })}
        </p>
      )}
      <ListView list={list} empty={{ title: t("money.nothing"), text: t("money.nothingText") }}>
        {(rows) =>
          byTask ? (
            <Table
              columns={groupColumns(taskHref)}
              rows={rows.filter(isGroup)}
              keyOf={(row) => row.taskId ?? row.at}
              label={t("money.ledger")}
            />
          ) : (
            <Table
              columns={entryColumns(taskHref)}
              rows={rows.filter((row): row is LedgerEntry => !isGroup(row))}
              keyOf={({ entryId }) => entryId}
              label={t("money.ledger")}
            />
          )
        }
      </ListView>
    </Card>
  );
}

const isGroup = (row: Group | LedgerEntry): row is Group => "kinds" in row;

const TONES: Readonly<Record<Kind, Tone>> = {
  hold: "info",
  correct: "neutral",
  capture: "neutral",
  release: "good",
  credit: "good",
};

function kindName(kind: Kind): string {
  const names = {
    hold: t("money.hold"),
    correct: t("money.correct"),
    capture: t("money.capture"),
    release: t("money.release"),
    credit: t("money.credit"),
  };
  return names[kind];
}

function Kinded({ kind, credits }: { readonly kind: Kind; readonly credits: number }) {
  if (kind === "credit" && credits < 0) return <Badge tone="warn">{t("money.deducted")}</Badge>;
  return <Badge tone={TONES[kind]}>{kindName(kind)}</Badge>;
}

type Line = Pick<LedgerEntry, "taskId" | "model" | "note" | "endUser" | "credits" | "balance" | "at">;

function what({ taskId, model, note, endUser }: Line, taskHref: (taskId: number) => string): ComponentChildren {
  if (taskId === null) return note ?? "";
  return (
    <>
      <a class="mono" href={taskHref(taskId)}>
        {taskId}
      </a>
      <small class="block faint">{[model, endUser].filter(Boolean).join(" · ")}</small>
    </>
  );
}

const money = <T extends Line>(): Column<T>[] => [
  { title: t("usage.credits"), value: ({ credits }) => formatSigned(credits), numeric: true },
  { title: t("money.balance"), value: ({ balance }) => formatNumber(balance), numeric: true },
];

function groupColumns(taskHref: (taskId: number) => string): Column<Group>[] {
  return [
    { title: t("money.when"), value: ({ at }) => <Moment at={at} /> },
    {
      title: t("money.state"),
      // The last entry of a task says how it stands.
      value: ({ kinds, credits }) => <Kinded kind={kinds.at(-1) ?? "hold"} credits={credits} />,
    },
    { title: t("money.for"), value: (group) => what(group, taskHref), long: true },
    ...money<Group>(),
  ];
}

function entryColumns(taskHref: (taskId: number) => string): Column<LedgerEntry>[] {
  return [
    { title: t("money.when"), value: ({ at }) => <Moment at={at} /> },
    { title: t("money.what"), value: ({ kind, credits }) => <Kinded kind={kind} credits={credits} /> },
    { title: t("money.for"), value: (entry) => what(entry, taskHref), long: true },
    ...money<LedgerEntry>(),
  ];
}
