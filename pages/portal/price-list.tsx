/** What the tenant pays: the operator's fixed prices, and the last known others. */
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { formatNumber } from "../lib/format.ts";
import { fieldsInWords } from "../lib/price-list.ts";
import type { Models } from "../lib/types.ts";
import { Badge, Card, Empty, Loaded, PageHead } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { useData } from "../ui/use-data.ts";

type Price = Models["models"][number]["prices"][number];

/** The tenant's prices, by model. */
export function PriceListPage({ api }: { readonly api: Api }) {
  const models = useData<Models>(api, "/models");
  return (
    <div>
      <PageHead title={t("money.priceList")}>
        <p class="faint">{t("money.priceListText")}</p>
      </PageHead>
      <Loaded of={models}>
        {(data) => (
          <>
            {data.models.map(({ name, prices }) => (
              <Card key={name} title={name}>
                {prices.length === 0 ? (
                  <Empty title={t("money.noPrices")}>
                    <p>{t("money.noPricesText")}</p>
                  </Empty>
                ) : (
                  <Table
                    label={name}
                    rows={prices}
                    keyOf={(price) => JSON.stringify(price)}
                    columns={[
                      { title: t("money.priceFor"), value: conditionOf, long: true },
                      {
                        title: t("money.state"),
                        value: ({ final }) => (
                          <Badge tone={final ? "good" : "neutral"}>
                            {final ? t("money.fixed") : t("money.lastKnown")}
                          </Badge>
                        ),
                      },
                      { title: t("usage.credits"), value: ({ credits }) => formatNumber(credits), numeric: true },
                    ]}
                  />
                )}
              </Card>
            ))}
          </>
        )}
      </Loaded>
    </div>
  );
}

function conditionOf({ credits: _credits, final, ...fields }: Price): string {
  // A field that a fixed price names as null is left out; a known price names all fields that a request can have.
  const named = Object.entries(fields).filter(([, value]) => value !== undefined && (final || value !== null));
  if (named.length === 0) return t("money.anyRequest");
  return fieldsInWords(named);
}
