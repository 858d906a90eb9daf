/** Ledger entries of a task. */
import { lookUp, t } from "../i18n/t.ts";
import { formatNumber, formatSigned } from "../lib/format.ts";
import type { TaskStory } from "../lib/types.ts";
import { Card, Moment } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";

/** What a task did to the balance, oldest first. */
export function TaskLedger({ story }: { readonly story: TaskStory }) {
  return (
    <Card title={t("task.ledger")}>
      {story.ledger.length === 0 ? (
        <p class="faint">{t("task.ledgerNone")}</p>
      ) : (
        <Table<TaskStory["ledger"][number]>
          label={t("task.ledger")}
          rows={story.ledger}
          keyOf={({ entryId }) => entryId}
          columns={[
            { title: t("task.entry"), value: ({ kind }) => lookUp("task", kind) ?? kind },
            { title: t("task.credits"), value: ({ credits }) => formatSigned(credits), numeric: true },
            { title: t("task.balance"), value: ({ balance }) => formatNumber(balance), numeric: true },
            {
              title: t("task.note"),
              value: ({ note }) => note && (lookUp("task", `note_${note.replace(" ", "_")}`) ?? note),
              long: true,
            },
            { title: t("task.at"), value: ({ at }) => <Moment at={at} /> },
          ]}
        />
      )}
    </Card>
  );
}
