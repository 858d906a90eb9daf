/** Webhook deliveries of a task's event, with what was sent and what came back. */
import { rich, t, translateError } from "../i18n/t.ts";
import { formatNumber } from "../lib/format.ts";
import { toast } from "../lib/toast.ts";
import type { TaskStory } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { Badge, Card, Moment, When } from "../ui/parts.tsx";

type Delivery = TaskStory["deliveries"][number];
type Attempt = {
  readonly at: string;
  readonly type: string;
  readonly url: string;
  readonly status: number | null;
  readonly durationMs: number;
  readonly error: string | null;
  readonly response: string;
};

/** @param redeliver null if the reader may not */
export function Deliveries({
  story,
  redeliver,
}: {
  readonly story: TaskStory;
  readonly redeliver: (() => Promise<unknown>) | null;
}) {
  const again = async () => {
    await redeliver?.();
    toast(t("task.redelivered"));
  };
  return (
    <Card title={t("task.deliveries")} actions={redeliver && <Button work={again}>{t("task.redeliver")}</Button>}>
      {story.deliveries.length === 0 && <p class="faint">{t("task.deliveriesNone")}</p>}
      {story.deliveries.map((delivery) => (
        <DeliveryView key={delivery.deliveryId} delivery={delivery} story={story} />
      ))}
    </Card>
  );
}

function DeliveryView({ delivery, story }: { readonly delivery: Delivery; readonly story: TaskStory }) {
  const attempts = delivery.log as readonly Attempt[];
  return (
    <>
      <p class="under">
        <DeliveryState state={delivery.state} />
        <code>{delivery.deliveryId}</code>
        {delivery.nextAttemptAt !== null && (
          <span>{rich("task.nextAttempt", { when: <When at={delivery.nextAttemptAt} /> })}</span>
        )}
      </p>
      {attempts.length === 0 && <p class="faint">{t("task.noAttempt")}</p>}
      <ul class="log">
        {attempts.toReversed().map((attempt) => (
          <li key={attempt.at}>
            <div class="log-line">
              <ReceiverResponse attempt={attempt} />
              <span class="faint">{t("task.milliseconds", { ms: formatNumber(Math.round(attempt.durationMs)) })}</span>
              <span class="long">{attempt.url}</span>
              <Moment at={attempt.at} />
            </div>
            <details>
              <summary>{t("task.bodies")}</summary>
              <h3>{t("task.sentBody")}</h3>
              <Code text={sentBody(attempt.type, story)} />
              <h3>{t("task.receivedBody")}</h3>
              <Code text={attempt.response || t("task.emptyBody")} />
            </details>
          </li>
        ))}
      </ul>
    </>
  );
}

/** State of a delivery. */
export function DeliveryState({ state }: Pick<Delivery, "state">) {
  if (state === "delivered") return <Badge tone="good">{t("task.delivered")}</Badge>;
  return state === "failed" ? (
    <Badge tone="bad">{t("task.deliveryFailed")}</Badge>
  ) : (
    <Badge tone="info">{t("task.pending")}</Badge>
  );
}

function ReceiverResponse({ attempt: { status, error } }: { readonly attempt: Attempt }) {
  const isGood = status !== null && status >= 200 && status < 300;
  return (
    <Badge tone={isGood ? "good" : "bad"}>
      {status ?? (error === null ? t("task.noAnswer") : translateError(0, error))}
    </Badge>
  );
}

/** A body is made at each attempt from the task as it then is (docs/decisions/0008), and the task has ended. */
function sentBody(type: string, { task, endedAt }: TaskStory): string {
  return JSON.stringify({ type, timestamp: endedAt, data: task }, null, 2);
}
