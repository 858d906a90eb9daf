/** A webhook endpoint: its URL and events, its secret, and a test; a tenant's, or the operator's own. */
import type { ComponentChildren } from "preact";
import { rich, t, translateError } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { formatNumber } from "../lib/format.ts";
import { toast } from "../lib/toast.ts";
import type { OperatorWebhook, Webhook, WebhookTest } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { openDialog } from "../ui/dialog.tsx";
import { confirmDialog, formDialog, secretDialog } from "../ui/dialogs.tsx";
import { ChecksField, ChoiceField, type Choices, TextField } from "../ui/fields.tsx";
import { Card, Empty, Facts, Notice, When } from "../ui/parts.tsx";
import { EndpointBanner, EndpointState } from "./endpoint-state.tsx";

type Endpoint = Webhook | OperatorWebhook;

/** What an endpoint may be sent, and how. */
export interface EndpointKind {
  readonly api: Api;
  /** Path of the endpoint in the API. */
  readonly path: string;
  readonly events: Choices;
  /** Forms of the body to choose from; none for a tenant's endpoint. */
  readonly formats?: Choices;
  /** What stands where there is no endpoint yet. */
  readonly emptyText: ComponentChildren;
}

/** Shows an endpoint, and sets, tests and removes it. */
export function EndpointCard(props: {
  readonly kind: EndpointKind;
  /** Null without an endpoint. */
  readonly value: Endpoint | null;
  /** Loads the endpoint again. */
  readonly changed: () => Promise<void>;
  readonly readOnly: boolean;
}) {
  const { kind, value, changed, readOnly } = props;
  if (value === null) {
    return (
      <Card title={t("webhooks.endpoint")}>
        <Empty title={t("webhooks.none")}>
          <p>{kind.emptyText}</p>
          {!readOnly && (
            <Button kind="primary" work={() => setEndpoint(kind, null, changed)}>
              {t("webhooks.set")}
            </Button>
          )}
        </Empty>
      </Card>
    );
  }
  return (
    <Card
      title={t("webhooks.endpoint")}
      actions={
        !readOnly && (
          <>
            <Button work={() => test(kind, changed)}>{t("webhooks.test")}</Button>
            <Button work={() => setEndpoint(kind, value, changed)}>{t("webhooks.change")}</Button>
            <Button work={() => rotate(kind, changed)}>{t("webhooks.newSecret")}</Button>
            <Button kind="danger" work={() => remove(kind, changed)}>
              {t("common.remove")}
            </Button>
          </>
        )
      }
    >
      <EndpointBanner endpoint={value} />
      <Facts
        entries={[
          [t("webhooks.url"), <span class="long">{value.url}</span>],
          [t("webhooks.state"), <EndpointState endpoint={value} />],
          [t("webhooks.events"), value.events === null ? t("webhooks.allEvents") : value.events.join(", ")],
          "format" in value && [t("webhooks.format"), formatText(kind, value.format)],
          [t("webhooks.since"), <When at={value.createdAt} />],
          [
            t("webhooks.signing"),
            value.previousSecretExpiresAt === null
              ? t("webhooks.oneSecret")
              : rich("webhooks.twoSecrets", { until: <When at={value.previousSecretExpiresAt} /> }),
          ],
        ]}
      />
    </Card>
  );
}

function formatText({ formats = [] }: EndpointKind, format: string): string {
  return formats.find(([value]) => value === format)?.[1] ?? format;
}

function setEndpoint(kind: EndpointKind, value: Endpoint | null, changed: () => unknown): void {
  const all = kind.events.map(([event]) => event);
  formDialog<{ secret?: string | undefined }>({
    title: t("webhooks.endpoint"),
    submit: t("common.save"),
    fields: (
      <>
        <TextField
          name="url"
          label={t("webhooks.url")}
          type="url"
          value={value?.url ?? ""}
          placeholder="https://example.com/hooks"
        />
        {kind.formats && (
          <ChoiceField
            name="format"
            label={t("webhooks.format")}
            choices={kind.formats}
            value={value && "format" in value ? value.format : "standard"}
          />
        )}
        <ChecksField
          name="events"
          label={t("webhooks.events")}
          choices={kind.events}
          value={value?.events ?? all}
          hint={t("webhooks.eventsHint")}
        />
      </>
    ),
    // All that exist stands for all that will ever exist.
    work: ({ events, ...others }) =>
      kind.api.send("PUT", kind.path, {
        ...others,
        events: (events as string[]).length === all.length ? null : events,
      }),
    changed,
    done: ({ secret }) => {
      if (secret !== undefined) secretDialog(t("webhooks.secretTitle"), t("webhooks.secretText"), secret);
    },
  });
}

async function test({ api, path }: EndpointKind, changed: () => Promise<void>): Promise<void> {
  const { delivered, status, durationMs, error, response } = await api.send<WebhookTest>("POST", `${path}/test`);
  await changed();
  const text = delivered
    ? t("webhooks.testTaken")
    : status === null
      ? t("webhooks.testNothing", { error: translateError(0, error ?? "") })
      : t("webhooks.testRefused", { status: String(status) });
  openDialog(t("webhooks.testTitle"), (close) => (
    <div class="form">
      <Notice tone={delivered ? "good" : "bad"}>{text}</Notice>
      <Facts
        entries={[
          [t("webhooks.status"), status ?? t("common.none")],
          [t("webhooks.took"), t("webhooks.ms", { ms: formatNumber(Math.round(durationMs)) })],
        ]}
      />
      {response && <Code text={response} />}
      <div class="form-actions">
        <Button kind="primary" work={close}>
          {t("common.done")}
        </Button>
      </div>
    </div>
  ));
}

function rotate({ api, path }: EndpointKind, changed: () => unknown): void {
  formDialog<{ secret: string }>({
    title: t("webhooks.rotateTitle"),
    intro: t("webhooks.rotateText"),
    submit: t("webhooks.newSecret"),
    danger: true,
    work: () => api.send("POST", `${path}/rotate`),
    changed,
    done: ({ secret }) => secretDialog(t("webhooks.newSecretTitle"), t("webhooks.newSecretText"), secret),
  });
}

function remove({ api, path }: EndpointKind, changed: () => unknown): void {
  confirmDialog({
    title: t("webhooks.removeTitle"),
    text: t("webhooks.removeText"),
    submit: t("common.remove"),
    work: () => api.send("DELETE", path),
    changed,
    done: () => toast(t("webhooks.removed")),
  });
}
