/** The fields of a new price, by model. */
import { t } from "../i18n/t.ts";
import { ChoiceField, NumberField } from "../ui/fields.tsx";

/** A model that can have prices. */
export type PricedModel = "Imagen Nano Banana 2" | "Seedance 2.0";

const choices = (values: readonly string[]) =>
  [["", t("prices.any")] as const, ...values.map((value) => [value, value] as const)] as const;

/** Returns the fields that a price of this model may name. */
export function priceFields(model: PricedModel) {
  const own =
    model === "Imagen Nano Banana 2" ? (
      <>
        <ChoiceField name="type" label={t("prices.method")} choices={choices(["txt", "img_txt"])} />
        <ChoiceField name="size" label={t("prices.size")} choices={choices(["1K", "2K", "4K"])} />
        <NumberField name="imageCount" label={t("prices.images")} placeholder={t("prices.any")} />
      </>
    ) : (
      <>
        <ChoiceField
          name="type"
          label={t("prices.method")}
          choices={choices(["img_txt", "img_vid_txt", "img_aud_txt", "img_vid_aud_txt"])}
        />
        <ChoiceField name="resolution" label={t("prices.resolution")} choices={choices(["720p"])} />
        <NumberField name="durationSeconds" label={t("prices.seconds")} placeholder={t("prices.any")} />
      </>
    );
  return (
    <>
      {own}
      <NumberField name="credits" label={t("prices.credits")} hint={t("prices.wholeTask")} />
    </>
  );
}
