/** The key that made a task. */
import { t } from "../i18n/t.ts";

/** Key id of tasks that people made in the portal; no key has it (docs/credentials.md). */
const PORTAL = "portal";

/** A link to the key that made a task; a word for a task that a person made in the portal. */
export function KeyLink({ keyId, keys }: { readonly keyId: string; readonly keys: string }) {
  return keyId === PORTAL ? <span>{t("playground.madeInPortal")}</span> : <a href={`${keys}?key=${keyId}`}>{keyId}</a>;
}
