/** The ledger as a list: every movement, and the balance after it. */
import type { Api } from "./api.ts";
import type { Child } from "./dom.ts";
import { h } from "./dom.ts";
import { formatNumber, formatSigned } from "./format.ts";
import type { Ledger, LedgerEntry } from "./types.ts";
import { badge, card, cardTitle, empty, moment, pagedList, type Tone, table } from "./ui.ts";

const KINDS: Readonly<Record<LedgerEntry["kind"], readonly [text: string, tone: Tone]>> = {
  hold: ["Held", "info"],
  correct: ["Price corrected", "neutral"],
  capture: ["Spent as held", "neutral"],
  release: ["Given back", "good"],
  credit: ["Credited", "good"],
};

/** Whose ledger is listed, and how a task is linked. */
export interface LedgerListOptions {
  readonly api: Api;
  readonly path: string;
  readonly actions: Child;
  readonly taskLink: (taskId: number) => Child;
}

/** Shows a ledger page by page, newest first. */
export function ledgerList({ api, path, actions, taskLink }: LedgerListOptions): Node {
  const fetchPage = async (cursor: string | null) => {
    const { entries, nextCursor } = await api.get<Ledger>(path, { cursor, limit: 50 });
    return { items: entries, nextCursor };
  };
  return card(
    cardTitle("Ledger", actions),
    pagedList(fetchPage, (entries) =>
      entries.length === 0
        ? empty(
            "Nothing has moved yet",
            "Credits that are given, and what each task holds, costs and gives back, appear here.",
          )
        : table<LedgerEntry>(
            [
              { title: "When", value: ({ at }) => moment(at) },
              { title: "What", value: kindOf },
              {
                title: "For",
                value: (entry) =>
                  entry.taskId === null
                    ? (entry.note ?? "")
                    : [taskLink(entry.taskId), h("small", { class: "block faint" }, entry.model)],
                long: true,
              },
              {
                title: "Credits",
                value: ({ credits }) => (credits === 0 ? h("span", { class: "faint" }, "0") : formatSigned(credits)),
                numeric: true,
              },
              { title: "Balance", value: ({ balance }) => formatNumber(balance), numeric: true },
            ],
            entries,
          ),
    ),
  );
}

function kindOf({ kind, credits }: LedgerEntry): Child {
  const [text, tone] = kind === "credit" && credits < 0 ? (["Taken", "warn"] as const) : KINDS[kind];
  return badge(text, tone);
}
