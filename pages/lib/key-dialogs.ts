/** The dialogs in which keys are made, changed, rotated and revoked. */
import type { Api } from "./api.ts";
import { confirmDialog, formDialog, secretDialog } from "./dialog.ts";
import { checksField, choiceField, type Field, half, linesField, numberField, pairsField, textField } from "./form.ts";
import { toast } from "./toast.ts";
import type { Key, NewKey } from "./types.ts";

/** Whose keys are shown, and with what rights. */
export interface KeyPlace {
  readonly api: Api;
  /** Of the keys' endpoint. */
  readonly path: string;
  /** Whether keys can be changed, and limits of single keys set. */
  readonly operator: boolean;
}

const SCOPES = [
  ["generate", "Generate"],
  ["read", "Read"],
  ["files", "Upload files"],
  ["tokens", "Mint client tokens"],
  ["webhooks", "Manage webhooks"],
  ["portal", "Make portal links"],
] as const;

const KINDS = [
  ["secret", "Secret: for a server"],
  ["publishable", "Publishable: for browsers"],
] as const;

/** Choices of how long an old text works after a rotation. */
export const OVERLAPS = [
  ["0", "Stop at once"],
  ["3600", "Work for an hour more"],
  ["86400", "Work for a day more"],
  ["604800", "Work for a week more"],
] as const;

/** What can be said of a key, when it is made and later; `key` is null for a new one. */
function settingsOf(key: Key | null, operator: boolean) {
  const name = half(textField("name", "Name", key?.name ?? "", { placeholder: "production server" }));
  const scopes = checksField(
    "scopes",
    "What it may do",
    SCOPES,
    key?.scopes ?? SCOPES.map(([scope]) => scope).filter((scope) => scope !== "portal"),
  );
  const origins = linesField("allowedOrigins", "Allowed origins", key?.allowedOrigins ?? [], {
    placeholder: "https://app.example",
    hint: "One a line. A publishable key needs at least one; a secret key works in a browser only where one is listed.",
  });
  const expires = textField("expiresAt", "Expires", localTimeOf(key?.expiresAt ?? null), {
    type: "datetime-local",
    hint: "Left empty, it works until it is revoked.",
  });
  const perMinute = half(
    numberField("requestsPerMinute", "Requests a minute", key?.requestsPerMinute ?? null, {
      placeholder: "the tenant's",
      hint: "A limit of its own, within the tenant's.",
    }),
  );
  const monthly = half(
    numberField("monthlyCredits", "Credits a month", key?.monthlyCredits ?? null, { placeholder: "no cap of its own" }),
  );
  const atOnce = half(
    numberField("concurrentTasks", "Tasks at once", key?.concurrentTasks ?? null, { placeholder: "the tenant's" }),
  );
  const addresses = linesField("allowedIps", "Allowed addresses", key?.allowedIps ?? [], {
    placeholder: "192.0.2.0/24",
    hint: "One a line, IPv4 or IPv6. Left empty, the key works from anywhere. Client tokens are not bound by it.",
  });
  const metadata = pairsField("metadata", "Metadata", key?.metadata ?? null);
  return {
    name,
    scopes,
    others: [origins, expires, addresses, ...(operator ? [perMinute, monthly, atOnce, metadata] : [])],
    values: () => ({
      name: name.value(),
      scopes: scopes.value(),
      allowedOrigins: origins.value().length > 0 ? origins.value() : null,
      // Left as it was, it keeps its seconds.
      ...(expires.value() === localTimeOf(key?.expiresAt ?? null) && key
        ? {}
        : { expiresAt: momentOf(expires.value()) }),
      allowedIps: addresses.value().length > 0 ? addresses.value() : null,
      ...(operator
        ? {
            requestsPerMinute: perMinute.value(),
            monthlyCredits: monthly.value(),
            concurrentTasks: atOnce.value(),
            metadata: metadata.value(),
          }
        : {}),
    }),
  };
}

/** A moment as `datetime-local` wants it, in the reader's time; "" for none. */
function localTimeOf(moment: string | null): string {
  if (moment === null) return "";
  const local = new Date(moment);
  return new Date(local.getTime() - local.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function momentOf(localTime: string): string | null {
  return localTime === "" ? null : new Date(localTime).toISOString();
}

/** A publishable key may do no more than generate and read. */
function boundScopes(scopes: Field, kind: () => string): void {
  for (const box of scopes.element.querySelectorAll<HTMLInputElement>("input")) {
    const possible = kind() === "secret" || box.value === "generate" || box.value === "read";
    box.disabled = !possible;
    if (!possible) box.checked = false;
  }
}

/** Opens the dialog that creates a key, and shows the key once. */
export function createKey({ api, path, operator }: KeyPlace, changed: () => void): void {
  const { name, scopes, others, values } = settingsOf(null, operator);
  const kind = half(choiceField("kind", "Kind", KINDS, "secret"));
  kind.input.addEventListener("change", () => {
    for (const box of scopes.element.querySelectorAll<HTMLInputElement>("input")) box.checked = box.value !== "portal";
    boundScopes(scopes, kind.value);
  });
  formDialog({
    title: "New key",
    fields: [name, kind, scopes, ...others],
    submit: "Create key",
    work: () => api.send<NewKey>("POST", path, { ...values(), kind: kind.value() }),
    done: (made) => secretDialog("Your new key", `This is ${made.name}.`, made.key, changed),
  });
}

/** Opens the dialog that changes a key. */
export function editKey({ api, path, operator }: KeyPlace, key: Key, changed: () => void): void {
  const { name, scopes, others, values } = settingsOf(key, operator);
  boundScopes(scopes, () => key.kind);
  formDialog({
    title: `Edit ${key.name}`,
    intro: "It stays the same key: programs that use it go on, under the new terms.",
    fields: [name, scopes, ...others],
    submit: "Save changes",
    work: () => api.send<Key>("PATCH", `${path}/${key.keyId}`, values()),
    done: () => {
      toast("Saved");
      changed();
    },
  });
}

/** Opens the dialog that rotates a key, and shows the new text once. */
export function rotateKey({ api, path }: KeyPlace, { keyId, name }: Key, changed: () => void): void {
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

/** Opens the dialog that revokes a key. */
export function revokeKey({ api, path }: KeyPlace, { keyId, name }: Key, changed: () => void): void {
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
