/** Keys and what can be done with them: the same for the operator and for a tenant's people. */
import type { Api } from "./api.ts";
import { confirmDialog, formDialog, secretDialog } from "./dialog.ts";
import { type Child, fill, h } from "./dom.ts";
import { checksField, choiceField, half, linesField, numberField, textField } from "./form.ts";
import { formatNumber } from "./format.ts";
import { toast } from "./toast.ts";
import type { Key, KeyList, NewKey } from "./types.ts";
import { badge, button, card, cardTitle, empty, loading, notice, table, when } from "./ui.ts";

export interface KeyListOptions {
  readonly api: Api;
  /** Of the keys' endpoint. */
  readonly path: string;
  /** Whether limits of single keys can be set. */
  readonly operator: boolean;
  readonly readOnly?: boolean;
}

const SCOPES = [
  ["generate", "Generate"],
  ["read", "Read"],
  ["files", "Upload files"],
  ["tokens", "Mint client tokens"],
  ["webhooks", "Manage webhooks"],
] as const;

const OVERLAPS = [
  ["0", "Stop at once"],
  ["3600", "Work for an hour more"],
  ["86400", "Work for a day more"],
  ["604800", "Work for a week more"],
] as const;

export function keyList(options: KeyListOptions): Node {
  const place = h("div");
  const draw = () =>
    fill(
      place,
      loading(async () => {
        const { keys } = await options.api.get<KeyList>(options.path);
        const create = button("New key", () => createKey(options, draw), { kind: "primary", icon: "plus" });
        const shown = keys.toReversed();
        return [
          stale(keys),
          card(
            cardTitle(countOf(keys), !options.readOnly && create),
            shown.length === 0
              ? empty("No keys yet", "A key is what a program uses to call the API. It is shown once, when it is made.")
              : keyTable(options, shown, draw),
          ),
        ];
      }),
    );
  draw();
  return place;
}

function countOf(keys: readonly Key[]): string {
  const active = keys.filter(({ status }) => status === "active").length;
  return active === 1 ? "1 active key" : `${active} active keys`;
}

function stale(keys: readonly Key[]): Child {
  const later = keys.filter(({ status, signedWith }) => status === "active" && signedWith !== "first");
  return (
    later.length > 0 &&
    notice(
      "warn",
      `${later.length === 1 ? "One key was" : `${later.length} keys were`} made with an older signing secret and will stop with it: `,
      h("b", {}, later.map(({ name }) => name).join(", ")),
      ". Rotate them.",
    )
  );
}

function keyTable(options: KeyListOptions, keys: readonly Key[], changed: () => void): Node {
  return table<Key>(
    [
      {
        title: "Name",
        value: ({ name, keyId }) => [h("b", {}, name), h("small", { class: "block faint mono" }, keyId)],
      },
      { title: "Kind", value: ({ kind }) => (kind === "secret" ? badge("Secret") : badge("Publishable", "info")) },
      { title: "Status", value: statusOf },
      {
        title: "May",
        value: ({ scopes, allowedOrigins }) => [
          scopes.join(", "),
          allowedOrigins && h("small", { class: "block faint" }, allowedOrigins.join(", ")),
        ],
        minor: true,
      },
      {
        title: "Limits",
        value: ({ requestsPerMinute, monthlyCredits }) => limitsOf(requestsPerMinute, monthlyCredits),
        minor: true,
      },
      { title: "Last used", value: ({ lastUsedAt }) => when(lastUsedAt) },
      {
        title: "",
        value: (key) =>
          key.status === "active" &&
          !options.readOnly &&
          h(
            "div",
            { class: "row-actions" },
            button("Rotate", () => rotateKey(options, key, changed), { kind: "quiet", label: `Rotate ${key.name}` }),
            button("Revoke", () => revokeKey(options, key, changed), { kind: "quiet", label: `Revoke ${key.name}` }),
          ),
      },
    ],
    keys,
  );
}

function statusOf({ status, expiresAt, previous }: Key): Child {
  if (status === "revoked") return badge("Revoked");
  if (status === "expired") return badge("Expired");
  return [
    badge("Active", "good"),
    expiresAt && h("small", { class: "block faint" }, "until ", when(expiresAt)),
    previous && h("small", { class: "block faint" }, "the one before: ", when(previous.expiresAt)),
  ];
}

function limitsOf(requestsPerMinute: number | null, monthlyCredits: number | null): Child {
  const parts = [
    requestsPerMinute !== null && `${formatNumber(requestsPerMinute)} requests a minute`,
    monthlyCredits !== null && `${formatNumber(monthlyCredits)} credits a month`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join(", ") : h("span", { class: "faint" }, "the tenant's");
}

function createKey({ api, path, operator }: KeyListOptions, changed: () => void): void {
  const name = half(textField("name", "Name", "", { placeholder: "production server" }));
  const kind = half(
    choiceField(
      "kind",
      "Kind",
      [
        ["secret", "Secret: for a server"],
        ["publishable", "Publishable: for browsers"],
      ],
      "secret",
    ),
  );
  const scopes = checksField(
    "scopes",
    "What it may do",
    SCOPES,
    SCOPES.map(([scope]) => scope),
  );
  const origins = linesField("allowedOrigins", "Allowed origins", [], {
    placeholder: "https://app.example",
    hint: "One a line. A publishable key needs at least one; a secret key works in a browser only where one is listed.",
  });
  const expires = textField("expiresAt", "Expires", "", {
    type: "datetime-local",
    hint: "Left empty, it works until it is revoked.",
  });
  const perMinute = half(
    numberField("requestsPerMinute", "Requests a minute", null, {
      placeholder: "the tenant's",
      hint: "A limit of its own, within the tenant's.",
    }),
  );
  const monthly = half(numberField("monthlyCredits", "Credits a month", null, { placeholder: "no cap of its own" }));
  const scopeBoxes = [...scopes.element.querySelectorAll<HTMLInputElement>("input")];
  kind.input.addEventListener("change", () => {
    for (const box of scopeBoxes) {
      const possible = kind.value() === "secret" || box.value === "generate" || box.value === "read";
      box.disabled = !possible;
      box.checked = possible;
    }
  });
  const fields = [name, kind, scopes, origins, expires, ...(operator ? [perMinute, monthly] : [])];
  formDialog({
    title: "New key",
    fields,
    submit: "Create key",
    work: () =>
      api.send<NewKey>("POST", path, {
        name: name.value(),
        kind: kind.value(),
        scopes: scopes.value(),
        allowedOrigins: origins.value().length > 0 ? origins.value() : null,
        expiresAt: expires.value() === "" ? null : new Date(expires.value()).toISOString(),
        ...(operator ? { requestsPerMinute: perMinute.value(), monthlyCredits: monthly.value() } : {}),
      }),
    done: (made) => secretDialog("Your new key", `This is ${made.name}.`, made.key, changed),
  });
}

function rotateKey({ api, path }: KeyListOptions, { keyId, name }: Key, changed: () => void): void {
  const overlap = choiceField("overlapSeconds", "The present key shall", OVERLAPS, "86400");
  formDialog({
    title: `Rotate ${name}`,
    intro: "It gets a new text under the same name, id and limits.",
    fields: [overlap],
    submit: "Rotate",
    work: () => api.send<NewKey>("POST", `${path}/${keyId}/rotate`, { overlapSeconds: Number(overlap.value()) }),
    done: (made) => secretDialog("The new text of your key", `This is ${made.name}.`, made.key, changed),
  });
}

function revokeKey({ api, path }: KeyListOptions, { keyId, name }: Key, changed: () => void): void {
  confirmDialog({
    title: `Revoke ${name}?`,
    text: "Programs that use it, and client tokens it made, stop spending at once and reading within ten seconds. A revoked key cannot be brought back.",
    submit: "Revoke",
    work: () => api.send("DELETE", `${path}/${keyId}`),
    done: () => {
      toast(`${name} is revoked`);
      changed();
    },
  });
}
