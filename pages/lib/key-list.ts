/** Keys and what can be done with them: the same for the operator and for a tenant's people. */
import { type Child, fill, h } from "./dom.ts";
import { formatNumber } from "./format.ts";
import { createKey, editKey, type KeyPlace, revokeKey, rotateKey } from "./key-dialogs.ts";
import type { Key, KeyList } from "./types.ts";
import { badge, button, card, cardTitle, empty, loading, notice, table, when } from "./ui.ts";

/** Whose keys are listed, and what the page calls them. */
export interface KeyListOptions extends KeyPlace {
  readonly readOnly?: boolean;
}

/** Shows a list of keys, with what can be done to each. */
export function keyList(options: KeyListOptions): Node {
  const place = h("div");
  const draw = () =>
    fill(
      place,
      loading(async () => {
        const keys = await allKeys(options);
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

/** All pages of the list; a tenant has a few hundred keys at most. */
async function allKeys({ api, path }: KeyListOptions): Promise<Key[]> {
  const keys: Key[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: KeyList = await api.get<KeyList>(path, cursor === "" ? {} : { cursor });
    keys.push(...page.keys);
    cursor = page.nextCursor;
  }
  return keys;
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
        long: true,
      },
      { title: "Kind", value: ({ kind }) => (kind === "secret" ? badge("Secret") : badge("Publishable", "info")) },
      { title: "Status", value: statusOf },
      {
        title: "May",
        value: ({ scopes, allowedOrigins }) => [
          scopes.join(", "),
          allowedOrigins && h("small", { class: "block faint" }, allowedOrigins.join(", ")),
        ],
      },
      {
        title: "Limits",
        value: ({ requestsPerMinute, monthlyCredits }) => limitsOf(requestsPerMinute, monthlyCredits),
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
            options.operator &&
              button("Edit", () => editKey(options, key, changed), { kind: "quiet", label: `Edit ${key.name}` }),
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
