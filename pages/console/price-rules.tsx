/** A price list, edited in place: what each price leaves over the upstream's cost, and what would change, before it is saved. */
import { useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { ApiError } from "../lib/api.ts";
import { readNumber } from "../lib/field-values.ts";
import { formatNumber } from "../lib/format.ts";
import { type Cost, conditionOf, costsOf, type Rule, sameRequests } from "../lib/price-list.ts";
import { toast } from "../lib/toast.ts";
import type { UpstreamPrices } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { confirmDialog, formDialog } from "../ui/dialogs.tsx";
import { Badge, Card, Empty } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { type PricedModel, priceFields } from "./price-fields.tsx";

/** A price list and how it is replaced. */
export interface PriceRulesProps {
  readonly title: string;
  readonly intro: string;
  /** What applies without any rule. */
  readonly none: string;
  readonly noneText: string;
  readonly prices: readonly Rule[];
  readonly upstream: UpstreamPrices["prices"];
  /** Whom a change reaches, as `12 tenants`. */
  readonly whom: string;
  readonly replace: (next: readonly Rule[]) => Promise<unknown>;
}

/** Shows a price list and adds, changes and removes its rules. */
export function PriceRules({ title, intro, none, noneText, prices, upstream, whom, replace }: PriceRulesProps) {
  const [edits, setEdits] = useState<Readonly<Record<number, string>>>({});
  const costs = costsOf(prices, upstream);
  const edited = prices.map((rule, index) => ({ ...rule, credits: creditsOf(edits[index], rule.credits) }));
  const changed = prices.filter((rule, index) => edited[index]?.credits !== rule.credits).length;
  const put = async (next: readonly Rule[]) => {
    await replace(next);
    setEdits({});
    toast(t("common.saved"));
  };
  const add = (model: PricedModel) =>
    formDialog({
      title: t("prices.addTitle", { model }),
      intro: t("prices.addIntro"),
      submit: t("prices.add"),
      fields: priceFields(model),
      work: async (values) => {
        const named = Object.entries(values).filter(([, value]) => value !== "" && value !== null);
        const rule = { model, ...Object.fromEntries(named), credits: values.credits } as Rule;
        await put([...prices, rule]).catch((error: unknown) => {
          throw error instanceof ApiError ? ofFields(error) : error;
        });
      },
    });
  const review = () =>
    confirmDialog({
      title: t("prices.reviewTitle"),
      text: (
        <>
          {t("prices.reviewText", { whom })}
          <Changes before={prices} after={edited} costs={costs} />
        </>
      ),
      danger: false,
      submit: t("prices.save"),
      work: () => put(edited),
    });
  const remove = (rule: Rule) =>
    confirmDialog({
      title: t("prices.removeTitle"),
      text: t("prices.removeText", { rule: nameOf(rule), credits: formatNumber(rule.credits), whom }),
      submit: t("common.remove"),
      work: () => put(prices.filter((one) => one !== rule)),
    });
  return (
    <Card
      title={title}
      actions={
        <>
          <Button work={() => add("Imagen Nano Banana 2")} icon="plus">
            {t("prices.imagePrice")}
          </Button>
          <Button work={() => add("Seedance 2.0")} icon="plus">
            {t("prices.videoPrice")}
          </Button>
        </>
      }
    >
      <p class="faint">{intro}</p>
      {prices.length === 0 ? (
        <Empty title={none}>
          <p>{noneText}</p>
        </Empty>
      ) : (
        <Table
          label={title}
          rows={prices.map((rule, index) => ({ rule, index, cost: costs[index] ?? null }))}
          keyOf={({ rule }) => JSON.stringify({ ...rule, credits: 0 })}
          columns={[
            { title: t("usage.model"), value: ({ rule }) => rule.model },
            { title: t("prices.requestsWith"), value: ({ rule }) => conditionOf(rule), long: true },
            { title: t("prices.cost"), value: ({ cost }) => costText(cost), numeric: true },
            {
              title: t("prices.credits"),
              numeric: true,
              value: ({ rule, index }) => (
                <input
                  class="input price-input"
                  type="text"
                  inputMode="numeric"
                  aria-label={t("prices.creditsOf", { rule: nameOf(rule) })}
                  value={edits[index] ?? String(rule.credits)}
                  onInput={(event) => setEdits({ ...edits, [index]: event.currentTarget.value })}
                />
              ),
            },
            {
              title: t("prices.margin"),
              numeric: true,
              value: ({ index, cost }) => <Margin credits={edited[index]?.credits} cost={cost} />,
            },
            {
              title: "",
              value: ({ rule }) => (
                <div class="row-actions">
                  <Button kind="quiet" work={() => remove(rule)}>
                    {t("common.remove")}
                  </Button>
                </div>
              ),
            },
          ]}
        />
      )}
      {changed > 0 && (
        <div class="form-actions">
          <Button work={() => setEdits({})}>{t("prices.discard")}</Button>
          <Button kind="primary" work={review}>
            {t("prices.review", { count: changed })}
          </Button>
        </div>
      )}
    </Card>
  );
}

/** What a person typed; anything but a number is left for the API to refuse. */
function creditsOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : ((readNumber(text) ?? "") as number);
}

const nameOf = (rule: Rule) => `${rule.model}, ${conditionOf(rule)}`;

function costText(cost: Cost | null): string {
  if (cost === null) return t("prices.unknown");
  return cost.min === cost.max ? formatNumber(cost.min) : `${formatNumber(cost.min)}–${formatNumber(cost.max)}`;
}

function Margin({ credits, cost }: { readonly credits: number | undefined; readonly cost: Cost | null }) {
  if (cost === null || typeof credits !== "number") return <span class="faint">–</span>;
  const least = credits - cost.max;
  const most = credits - cost.min;
  const text = least === most ? formatNumber(most) : `${formatNumber(least)}–${formatNumber(most)}`;
  return least < 0 ? <Badge tone="bad">{text}</Badge> : <span>{text}</span>;
}

/** What saving would change. */
function Changes(props: {
  readonly before: readonly Rule[];
  readonly after: readonly Rule[];
  readonly costs: readonly (Cost | null)[];
}) {
  const { before, after, costs } = props;
  const rows = before.flatMap((rule, index) => {
    const next = after.find((one) => sameRequests(one, rule));
    return next && next.credits !== rule.credits ? [{ rule, next, cost: costs[index] ?? null }] : [];
  });
  return (
    <Table
      label={t("prices.reviewTitle")}
      rows={rows}
      keyOf={({ rule }) => nameOf(rule)}
      columns={[
        { title: t("prices.change"), value: ({ rule }) => nameOf(rule), long: true },
        { title: t("prices.before"), value: ({ rule }) => formatNumber(rule.credits), numeric: true },
        {
          title: t("prices.after"),
          numeric: true,
          value: ({ next }) => (typeof next.credits === "number" ? formatNumber(next.credits) : String(next.credits)),
        },
        {
          title: t("prices.margin"),
          value: ({ next, cost }) => <Margin credits={next.credits} cost={cost} />,
          numeric: true,
        },
      ]}
    />
  );
}

/** The refusal of a list as one of the fields of its last rule: `prices.3.size` is `size` here. */
function ofFields({ status, code, message, issues }: ApiError): ApiError {
  const own = issues.map((issue) => ({ ...issue, path: issue.path.replace(/^prices\.\d+\./, "") }));
  return new ApiError(status, code, message, own);
}
