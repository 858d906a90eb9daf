/** The list of a tenant's webhook deliveries, with both bodies of each, and what sends failed ones again. */
import { t, translateError } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { formatNumber } from "../lib/format.ts";
import { toast } from "../lib/toast.ts";
import type { Delivery, DeliveryDetail, DeliveryList, Redelivered } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { openDialog } from "../ui/dialog.tsx";
import { ClearFilters, FilterChoice, Filters, ListTable } from "../ui/list.tsx";
import { Badge, Card, Facts, Loaded, Moment, When, ZoneNote } from "../ui/parts.tsx";
import { useData } from "../ui/use-data.ts";
import { useList } from "../ui/use-list.ts";

/** Whose deliveries, and who looks. */
export interface DeliveriesProps {
  readonly api: Api;
  /** Path before `/deliveries` and `/tasks`: "" in the portal. */
  readonly path: string;
  readonly readOnly: boolean;
  /** Address of a task's page. */
  readonly taskHref: (taskId: number) => string;
}

/** Shows the deliveries, newest first. */
export function DeliveriesCard(props: DeliveriesProps) {
  const { api, path, readOnly, taskHref } = props;
  const list = useList<DeliveryList, Delivery>({
    api,
    path: `${path}/deliveries`,
    rows: ({ deliveries }) => deliveries,
    filters: ["state"],
  });
  const redeliverAll = async () => {
    const { redelivered, remaining } = await api.send<Redelivered>("POST", `${path}/deliveries/redeliver`);
    toast(remaining ? t("webhooks.resentSome", { count: redelivered }) : t("webhooks.resent", { count: redelivered }));
    await list.reload();
  };
  const redeliver = async (taskId: number) => {
    await api.send("POST", `${path}/tasks/${taskId}/deliveries/redeliver`);
    toast(t("webhooks.resent", { count: 1 }));
    await list.reload();
  };
  return (
    <Card
      title={t("webhooks.deliveries")}
      actions={
        <>
          <Button icon="refresh" kind="quiet" work={list.reload}>
            {t("common.refresh")}
          </Button>
          {!readOnly && <Button work={redeliverAll}>{t("webhooks.resendFailed")}</Button>}
        </>
      }
    >
      <Filters>
        <FilterChoice
          name="state"
          label={t("webhooks.state")}
          choices={[
            ["failed", t("webhooks.failed")],
            ["pending", t("webhooks.pending")],
            ["delivered", t("webhooks.delivered")],
          ]}
        />
        <ClearFilters names={["state"]} />
      </Filters>
      <ListTable
        list={list}
        keyOf={({ deliveryId }) => deliveryId}
        label={t("webhooks.deliveries")}
        empty={{ title: t("webhooks.noDeliveries"), text: t("webhooks.noDeliveriesText") }}
        columns={[
          { title: t("webhooks.state"), value: ({ state }) => <DeliveryBadge state={state} /> },
          { title: t("webhooks.event"), value: ({ type }) => <code>{type}</code> },
          {
            title: t("webhooks.task"),
            value: ({ taskId }) =>
              taskId === null ? (
                <span class="faint">{t("common.none")}</span>
              ) : (
                <a class="mono" href={taskHref(taskId)}>
                  {taskId}
                </a>
              ),
          },
          { title: t("webhooks.age"), value: ({ createdAt }) => <When at={createdAt} /> },
          { title: t("webhooks.attempts"), numeric: true, value: ({ attempts }) => formatNumber(attempts) },
          { title: t("webhooks.answer"), value: (row) => <ReceiverResponse attempt={row.lastAttempt} /> },
          {
            title: t("webhooks.next"),
            value: ({ nextAttemptAt }) => <When at={nextAttemptAt} otherwise={t("common.none")} />,
          },
          {
            title: t("webhooks.url"),
            long: true,
            value: ({ url }) => url ?? <span class="faint">{t("common.none")}</span>,
          },
          {
            title: "",
            value: (row) => (
              <>
                <Button
                  kind="quiet"
                  label={t("webhooks.bodiesOf", { id: row.deliveryId })}
                  work={() => openDelivery(api, path, row)}
                >
                  {t("webhooks.bodies")}
                </Button>
                {!readOnly && row.taskId !== null && (
                  <Button
                    kind="quiet"
                    label={t("webhooks.resendOf", { id: row.deliveryId })}
                    work={() => redeliver(row.taskId as number)}
                  >
                    {t("webhooks.resend")}
                  </Button>
                )}
              </>
            ),
          },
        ]}
      />
      <ZoneNote />
    </Card>
  );
}

/** State of a delivery. */
function DeliveryBadge({ state }: Pick<Delivery, "state">) {
  if (state === "delivered") return <Badge tone="good">{t("webhooks.delivered")}</Badge>;
  return state === "failed" ? (
    <Badge tone="bad">{t("webhooks.failed")}</Badge>
  ) : (
    <Badge tone="info">{t("webhooks.pending")}</Badge>
  );
}

/** What the receiver returned. */
function ReceiverResponse({
  attempt,
}: {
  readonly attempt: Pick<NonNullable<Delivery["lastAttempt"]>, "status" | "error"> | null;
}) {
  if (attempt === null) return <span class="faint">{t("webhooks.notYet")}</span>;
  const { status, error } = attempt;
  const isGood = status !== null && status >= 200 && status < 300;
  return (
    <Badge tone={isGood ? "good" : "bad"}>
      {status ?? (error === null ? t("webhooks.noAnswer") : translateError(0, error))}
    </Badge>
  );
}

function openDelivery(api: Api, path: string, { deliveryId }: Delivery): void {
  openDialog(t("webhooks.delivery"), () => <DeliveryBodies api={api} path={`${path}/deliveries/${deliveryId}`} />, {
    wide: true,
  });
}

function DeliveryBodies({ api, path }: { readonly api: Api; readonly path: string }) {
  const delivery = useData<DeliveryDetail>(api, path);
  return (
    <Loaded of={delivery}>
      {({ deliveryId, type, url, body, log }) => (
        <>
          <Facts
            entries={[
              [t("webhooks.id"), <code>{deliveryId}</code>],
              [t("webhooks.event"), <code>{type}</code>],
              [t("webhooks.url"), <span class="long">{url ?? t("common.none")}</span>],
            ]}
          />
          <h3>{t("webhooks.sent")}</h3>
          {body === null ? (
            <p class="faint">{t("webhooks.noBody")}</p>
          ) : (
            <Code text={JSON.stringify(JSON.parse(body), null, 2)} />
          )}
          <h3>{t("webhooks.received")}</h3>
          {log.length === 0 && <p class="faint">{t("webhooks.notYet")}</p>}
          {log.toReversed().map((attempt) => (
            <section key={attempt.at}>
              <p class="under">
                <ReceiverResponse attempt={attempt} />
                <Moment at={attempt.at} />
                <span>{t("webhooks.ms", { ms: formatNumber(Math.round(attempt.durationMs)) })}</span>
              </p>
              <Code text={attempt.response || t("webhooks.emptyBody")} />
            </section>
          ))}
        </>
      )}
    </Loaded>
  );
}
