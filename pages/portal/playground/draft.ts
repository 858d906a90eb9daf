/** The values of the form, kept while the page is left, and in this tab when it is loaded again. */
import { REFERENCE_FIELDS, type Reference, type ReferenceField, type Values } from "./form.ts";
import { type Shelf, shelfOf } from "./sitting.ts";

const NAME = "paddock-playground-draft-";

/** Returns the storage of this tab. */
export function tabShelf(): Shelf {
  return shelfOf(() => sessionStorage);
}

/** Returns the values of before; null if there are none that this page wrote. */
export function readDraft(shelf: Shelf, tenantId: string): Values | null {
  try {
    const { model, type, prompt, taskName, parameters, references, others } = JSON.parse(
      shelf.getItem(NAME + tenantId) ?? "null",
    ) as Values;
    const texts = [model, type, prompt, taskName];
    if (!texts.every((text) => typeof text === "string") || typeof parameters !== "object") return null;
    const lists = REFERENCE_FIELDS.map((field) => [field, references[field].filter(({ source }) => source !== null)]);
    return { model, type, prompt, taskName, parameters, others, references: Object.fromEntries(lists) };
  } catch {
    return null;
  }
}

/** Keeps the values. */
export function keepDraft(shelf: Shelf, tenantId: string, values: Values): void {
  try {
    shelf.setItem(
      NAME + tenantId,
      JSON.stringify(values, (_, value) => (typeof value === "bigint" ? Number(value) : value)),
    );
  } catch {
    // A full or forbidden storage: the draft ends with the page.
  }
}

/** Returns the values with a list of references changed. */
export function withReferences(
  values: Values,
  field: ReferenceField,
  change: (references: readonly Reference[]) => readonly Reference[],
): Values {
  return { ...values, references: { ...values.references, [field]: change(values.references[field]) } };
}
