/** The Playgrounds of this window. */
import type { Api } from "../../lib/api.ts";
import { readDraft, tabShelf } from "./draft.ts";
import { firstValues, type Model, withModel } from "./form.ts";
import { Playground } from "./store.ts";

const playgrounds = new Map<string, Playground>();

/** Returns the tenant's Playground, the same one while the page is loaded; null if the tenant may use no model. */
export function playgroundOf(api: Api, tenantId: string, models: readonly Model[]): Playground | null {
  const known = playgrounds.get(tenantId);
  if (known) return known;
  const draft = readDraft(tabShelf(), tenantId);
  const model = models.find(({ name }) => name === draft?.model);
  const values = draft && model ? withModel(draft, model) : firstValues(models);
  if (values === null) return null;
  const made = new Playground(api, tenantId, models, values);
  playgrounds.set(tenantId, made);
  return made;
}
