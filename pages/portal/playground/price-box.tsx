/** The price of the form, and the button that sends it: nothing is sent before its price is shown. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/t.ts";
import type { PortalAccount } from "../../lib/types.ts";
import { Button } from "../../ui/button.tsx";
import { messageOf } from "../../ui/message.ts";
import { Notice } from "../../ui/parts.tsx";
import { useData } from "../../ui/use-data.ts";
import type { PortalContext } from "../context.ts";
import type { Price } from "./price.ts";
import type { Playground } from "./store.ts";

interface BoxProps {
  readonly playground: Playground;
  readonly context: PortalContext;
}

/** Credits with their unit. */
const credits = (count: number) => t("common.credits", { count });

/** The price, what is wrong with the form as a whole, and Generate. */
export function PriceBox({ playground, context }: BoxProps) {
  const { price, problems, isSending } = playground.state;
  const canSend = price.kind === "known" && price.affordable;
  const retry = useRef<HTMLDivElement>(null);
  const whole = problems[""];
  // A press may end with a price that is not known: the keyboard goes to what can be done then.
  useEffect(() => {
    if (price.kind === "failed" && document.activeElement === document.body)
      retry.current?.querySelector("button")?.focus();
  }, [price]);
  return (
    <div class="price-box">
      {price.kind === "known" && price.before !== null && (
        <Notice tone="warn">
          {t("playground.priceChanged", { before: credits(price.before), now: credits(price.credits) })}
        </Notice>
      )}
      {price.kind === "known" && !price.affordable && <NotAffordable context={context} required={price.credits} />}
      {price.kind === "failed" && (
        <div class="price-failed" ref={retry}>
          <Notice tone="bad">{t("playground.priceFailed", { reason: messageOf(price.error) })}</Notice>
          <Button icon="refresh" work={() => playground.retryPrice()}>
            {t("common.tryAgain")}
          </Button>
        </div>
      )}
      {whole !== undefined && price.kind !== "failed" && <Notice tone="bad">{whole}</Notice>}
      <div class="price-row">
        <div>
          <span class="field-label">{t("playground.price")}</span>
          <p class={price.kind === "known" ? "price" : "price faint"} role="status">
            {priceText(price, playground.isUploading)}
          </p>
        </div>
        <button
          id="playground-generate"
          type="submit"
          class="button primary"
          disabled={!canSend && !isSending}
          aria-disabled={isSending ? "true" : undefined}
        >
          {t("playground.generate")}
        </button>
      </div>
      <p class="field-hint">
        {t("playground.spends", { tenant: context.account.name })} {t("playground.priceHint")}
      </p>
    </div>
  );
}

function priceText(price: Price, isUploading: boolean): string {
  if (price.kind === "known") return credits(price.credits);
  if (price.kind === "asking") return t("playground.priceAsking");
  if (price.kind === "failed") return "–";
  return t(isUploading ? "playground.waitUpload" : "playground.priceNone");
}

/** What is missing, by the balance as it is now. */
function NotAffordable({ context, required }: { readonly context: PortalContext; readonly required: number }) {
  const account = useData<PortalAccount>(context.api, "/account");
  if (!account.data) return null;
  const { billing, balance } = account.data;
  const isShort = billing === "prepaid" && balance < required;
  return (
    <Notice tone="warn">
      {isShort
        ? t("playground.missing", { balance: credits(balance), missing: credits(required - balance) })
        : t("playground.notAffordable")}
    </Notice>
  );
}
