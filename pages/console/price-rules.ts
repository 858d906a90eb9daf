/** A list of prices, and the dialog that adds one: the same for all tenants' list and for one tenant's own. */
import { ApiError } from "../lib/api.ts";
import { confirmDialog, formDialog } from "../lib/dialog.ts";
import { type Child, h } from "../lib/dom.ts";
import { choiceField, numberField, type ValueField } from "../lib/form.ts";
import { formatNumber } from "../lib/format.ts";
import type { Prices } from "../lib/types.ts";
import { button, card, cardTitle, table } from "../lib/ui.ts";

/** One rule of a price list. */
export type Rule = Prices["prices"][number];

const IMAGE = "Imagen Nano Banana 2";
const VIDEO = "Seedance 2.0";

/** A price list and how it is replaced. */
export interface PriceRulesOptions {
  readonly title: string;
  /** What the list means. */
  readonly intro: string;
  /** Shown in place of an empty list. */
  readonly none: Child;
  readonly prices: readonly Rule[];
  /** Whom a change reaches, as `12 tenants`. */
  readonly reach: () => Promise<string>;
  /** Puts another list in place of this one. */
  readonly replace: (next: readonly Rule[]) => Promise<void>;
}

/** Shows a price list and adds, changes and removes its rules. */
export function priceRules({ title, intro, none, prices, reach, replace }: PriceRulesOptions): Node {
  const add = (model: string) =>
    button(model === IMAGE ? "Image price" : "Video price", () => addRule(prices, model, replace), { icon: "plus" });
  const remove = (rule: Rule, whom: string) =>
    confirmDialog({
      title: "Remove this price?",
      text: `${rule.model}, ${conditionOf(rule)}: ${formatNumber(rule.credits)} credits. Removing it changes the price for ${whom}, from the next task on.`,
      submit: "Remove",
      working: `Changing ${whom}. With many tenants this takes some seconds.`,
      work: () => replace(prices.filter((one) => one !== rule)),
      done: () => {},
    });
  return card(
    cardTitle(title, [add(IMAGE), add(VIDEO)]),
    h("p", { class: "faint" }, intro),
    prices.length === 0
      ? none
      : table<Rule>(
          [
            { title: "Model", value: ({ model }) => model },
            { title: "Requests with", value: conditionOf },
            { title: "Credits", value: ({ credits }) => formatNumber(credits), numeric: true },
            {
              title: "",
              value: (rule) =>
                h(
                  "div",
                  { class: "row-actions" },
                  button("Remove", async () => remove(rule, await reach()), { kind: "quiet" }),
                ),
            },
          ],
          prices,
        ),
  );
}

function conditionOf({ model: _model, credits: _credits, ...fields }: Rule): string {
  const named = Object.entries(fields).filter(([, value]) => value !== undefined);
  return named.length === 0
    ? "anything"
    : named.map(([name, value]) => `${name} ${value === null ? "left out" : String(value)}`).join(", ");
}

const ANY = ["", "any"] as const;
const choices = (values: readonly string[]) => [ANY, ...values.map((value) => [value, value] as const)];

function addRule(prices: readonly Rule[], model: string, replace: (next: readonly Rule[]) => Promise<void>): void {
  const credits = numberField("credits", "Credits", null, { hint: "For the whole task." });
  const fields: ValueField<string | number | null>[] =
    model === IMAGE
      ? [
          choiceField("type", "Method", choices(["txt", "img_txt"]), ""),
          choiceField("size", "Size", choices(["1K", "2K", "4K"]), ""),
          numberField("imageCount", "Images", null, { placeholder: "any" }),
        ]
      : [
          choiceField("type", "Method", choices(["img_txt", "img_vid_txt", "img_aud_txt", "img_vid_aud_txt"]), ""),
          choiceField("resolution", "Resolution", choices(["720p"]), ""),
          numberField("durationSeconds", "Seconds", null, { placeholder: "any" }),
        ];
  formDialog({
    title: `A price for ${model}`,
    intro: "It counts for requests that have all the values chosen here.",
    fields: [...fields, credits],
    submit: "Add price",
    working: "Saving. With many tenants this takes some seconds.",
    work: () => {
      const given = fields
        .map((field) => [field.name, field.value()] as const)
        .filter(([, value]) => value !== "" && value !== null);
      const rule = { model, ...Object.fromEntries(given), credits: credits.value() } as Rule;
      return replace([...prices, rule]).catch((error: unknown) => {
        throw error instanceof ApiError ? ofFields(error) : error;
      });
    },
    done: () => {},
  });
}

/** The refusal of a list as one of the fields of its last rule: `prices.3.size` is `size` here. */
function ofFields({ status, code, message, issues }: ApiError): ApiError {
  const own = issues.map((issue) => ({ ...issue, path: issue.path.replace(/^prices\.\d+\./, "") }));
  return new ApiError(status, code, message, own);
}
