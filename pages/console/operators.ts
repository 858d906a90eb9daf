/** Operators: who may do what, and their tokens. */
import type { Api } from "../lib/api.ts";
import { confirmDialog, formDialog, secretDialog } from "../lib/dialog.ts";
import { fill, h } from "../lib/dom.ts";
import { checksField, choiceField, textField } from "../lib/form.ts";
import { OVERLAPS } from "../lib/key-dialogs.ts";
import { toast } from "../lib/toast.ts";
import type { NewOperator, Operator, OperatorList } from "../lib/types.ts";
import { badge, button, card, empty, pagedList, pageHead, table, when } from "../lib/ui.ts";

const SCOPES = [
  ["metrics", "Read /metrics only"],
  ["read", "Read everything"],
  ["billing", "Credits, prices and money settings"],
  ["tenants", "Tenants, keys and tasks"],
  ["operators", "Operators"],
] as const;

/** Shows the list of operators, and creates, rotates and deletes them. */
export function operatorsPage(api: Api): Node {
  const place = h("div");
  const show = () => fill(place, operatorList(api, show));
  show();
  const create = button("New operator", () => createOperator(api, show), { kind: "primary", icon: "plus" });
  return h("div", {}, pageHead("Operators", create), card(null, place));
}

function operatorList(api: Api, changed: () => void): Node {
  const fetchPage = async (cursor: string | null) => {
    const { operators, nextCursor } = await api.get<OperatorList>("/operators", { cursor, limit: 25 });
    return { items: operators, nextCursor };
  };
  return pagedList(fetchPage, (operators) =>
    operators.length === 0
      ? empty("No operators yet", "Give each person and program a token of its own, with only the scopes it needs.")
      : table<Operator>(
          [
            {
              title: "Name",
              value: ({ name, operatorId }) => [
                h("b", {}, name),
                h("small", { class: "block faint mono" }, operatorId),
              ],
              long: true,
            },
            { title: "May", value: ({ scopes }) => scopes.join(", ") },
            {
              title: "Status",
              value: ({ status }) => (status === "active" ? badge("Active", "good") : badge("Expired", "warn")),
            },
            { title: "Expires", value: ({ expiresAt }) => when(expiresAt) },
            { title: "Last used", value: ({ lastUsedAt }) => when(lastUsedAt) },
            {
              title: "",
              value: (operator) => [
                button("Rotate", () => rotateOperator(api, operator, changed), { kind: "quiet" }),
                button("End sessions", () => endSessions(api, operator), { kind: "quiet" }),
                button("Delete", () => deleteOperator(api, operator, changed), { kind: "quiet" }),
              ],
            },
          ],
          operators,
        ),
  );
}

function createOperator(api: Api, changed: () => void): void {
  const name = textField("name", "Name", "", { placeholder: "Prometheus" });
  const scopes = checksField("scopes", "What it may do", SCOPES, ["read"]);
  const expires = textField("expiresAt", "Expires", "", {
    type: "datetime-local",
    hint: "Left empty, the token works until the operator is deleted.",
  });
  formDialog({
    title: "New operator",
    fields: [name, scopes, expires],
    submit: "Create operator",
    work: () =>
      api.send<NewOperator>("POST", "/operators", {
        name: name.value(),
        scopes: scopes.value(),
        expiresAt: expires.value() === "" ? null : new Date(expires.value()).toISOString(),
      }),
    done: (made) => secretDialog("The operator's token", `This is ${made.name}.`, made.token, changed),
  });
}

function rotateOperator(api: Api, { operatorId, name }: Operator, changed: () => void): void {
  const overlap = choiceField("overlapSeconds", "The present token shall", OVERLAPS, "86400");
  formDialog({
    title: `Rotate ${name}`,
    intro: "The operator gets a new token under the same name and scopes.",
    fields: [overlap],
    submit: "Rotate",
    work: () =>
      api.send<NewOperator>("POST", `/operators/${operatorId}/rotate`, { overlapSeconds: Number(overlap.value()) }),
    done: (made) => secretDialog("The operator's new token", `This is ${made.name}.`, made.token, changed),
  });
}

async function endSessions(api: Api, { operatorId, name }: Operator): Promise<void> {
  const { ended } = await api.send<{ ended: number }>("DELETE", `/operators/${operatorId}/sessions`);
  toast(`${name}: ${ended === 1 ? "1 session" : `${ended} sessions`} ended`);
}

function deleteOperator(api: Api, { operatorId, name }: Operator, changed: () => void): void {
  confirmDialog({
    title: `Delete ${name}?`,
    text: "Its tokens and sessions stop working within ten seconds. The audit log keeps its name.",
    submit: "Delete",
    work: () => api.send("DELETE", `/operators/${operatorId}`),
    done: () => {
      toast(`${name} is deleted`);
      changed();
    },
  });
}
