/** Price lists beside what the upstream asks. */
import { lookUp, t } from "../i18n/t.ts";
import type { Prices, UpstreamPrices } from "./types.ts";

/** One rule of a price list. */
export type Rule = Prices["prices"][number];

/** The upstream's lowest and highest known price of the requests that a rule prices. */
export interface Cost {
  readonly min: number;
  readonly max: number;
}

type Fields = Readonly<Record<string, unknown>>;

function namedFields({ credits: _, ...fields }: Rule): [string, unknown][] {
  return Object.entries(fields).filter(([, value]) => value !== undefined);
}

/** True if two rules are for the same requests. */
export function sameRequests(one: Rule, other: Rule): boolean {
  const named = namedFields(one);
  return (
    named.length === namedFields(other).length && named.every(([name, value]) => (other as Fields)[name] === value)
  );
}

/** Returns the values that a request needs, in words. */
export function conditionOf(rule: Rule): string {
  const named = namedFields(rule).filter(([name]) => name !== "model");
  if (named.length === 0) return t("prices.anything");
  return fieldsInWords(named);
}

/** Returns the fields that a price is for, with their values; null stands for a field that is left out. */
export function fieldsInWords(fields: readonly (readonly [name: string, value: unknown])[]): string {
  return fields
    .map(([name, value]) => {
      const field = lookUp("prices", `field_${name}`) ?? name;
      return value === null ? t("prices.leftOut", { field }) : `${field} ${String(value)}`;
    })
    .join(t("common.comma"));
}

/**
 * Returns what the upstream asks for the requests of each rule; null if nothing is known. As in the gateway, a request has the price
 * of the rule that names the most of its values, of equals the first.
 */
export function costsOf(rules: readonly Rule[], upstream: UpstreamPrices["prices"]): (Cost | null)[] {
  const costs: (Cost | null)[] = rules.map(() => null);
  for (const shape of upstream) {
    let best = -1;
    let most = -1;
    for (const [index, rule] of rules.entries()) {
      const named = namedFields(rule);
      if (named.length <= most || !named.every(([name, value]) => (shape as Fields)[name] === value)) continue;
      best = index;
      most = named.length;
    }
    if (best === -1) continue;
    const known = costs[best];
    const { credits } = shape;
    costs[best] = known
      ? { min: Math.min(known.min, credits), max: Math.max(known.max, credits) }
      : { min: credits, max: credits };
  }
  return costs;
}
