/** The webhook endpoint: where it is, its secret, and whether it works. */
import { confirmDialog, formDialog, openDialog, secretDialog } from "../lib/dialog.ts";
import { type Child, fill, h } from "../lib/dom.ts";
import { textField } from "../lib/form.ts";
import { formatNumber } from "../lib/format.ts";
import { toast } from "../lib/toast.ts";
import type { Webhook, WebhookSet, WebhookTest } from "../lib/types.ts";
import { badge, button, card, cardTitle, empty, facts, loading, notice, pageHead, when } from "../lib/ui.ts";
import type { PortalContext } from "./context.ts";

/** Shows the webhook endpoint, and sets, tests and removes it. */
export function webhookPage(context: PortalContext): Node {
  const place = h("div");
  const draw = () =>
    fill(
      place,
      loading(async () => {
        const webhook = await context.api.get<Webhook | null>("/webhook");
        return webhook ? webhookCard(context, webhook, draw) : noWebhook(context, draw);
      }),
    );
  draw();
  return h("div", {}, pageHead("Webhook"), place);
}

function noWebhook(context: PortalContext, changed: () => void): Node {
  return card(
    null,
    empty(
      "No endpoint yet",
      "Your server can be told when a generation ends, instead of asking again and again. Messages are signed as the Standard Webhooks specification says.",
      !context.readOnly && button("Set an endpoint", () => setEndpoint(context, null, changed), { kind: "primary" }),
    ),
  );
}

function webhookCard(context: PortalContext, webhook: Webhook, changed: () => void): Node {
  const { api, readOnly } = context;
  const test = async () => testResult(await api.send<WebhookTest>("POST", "/webhook/test"), changed);
  const rotate = () =>
    formDialog({
      title: "Make a new signing secret?",
      intro: "For a day, messages are signed with both secrets, so your server can change over without missing one.",
      fields: [],
      submit: "New secret",
      danger: true,
      work: () => api.send<WebhookSet>("POST", "/webhook/rotate"),
      done: ({ secret = "" }) =>
        secretDialog("Your new signing secret", "Messages are signed with it from now on.", secret, changed),
    });
  const remove = () =>
    confirmDialog({
      title: "Remove the endpoint?",
      text: "Its signing secret is forgotten. Nothing is delivered any more, but to the URLs of single tasks.",
      submit: "Remove",
      work: () => api.send("DELETE", "/webhook"),
      done: () => {
        toast("The endpoint is removed");
        changed();
      },
    });
  const actions: Child = !readOnly && [
    button("Test", test),
    button("Change URL", () => setEndpoint(context, webhook, changed)),
    button("New secret", rotate),
    button("Remove", remove, { kind: "danger" }),
  ];
  return card(
    cardTitle("Endpoint", actions),
    !webhook.enabled && notice("warn", "Turned off: the receiver answered 410. Set the URL again to turn it on."),
    facts([
      ["URL", h("span", { class: "long" }, webhook.url)],
      [
        "State",
        webhook.enabled ? badge("On", "good") : h("span", {}, badge("Off", "warn"), " ", when(webhook.disabledAt)),
      ],
      ["Since", when(webhook.createdAt)],
      [
        "Signing",
        webhook.previousSecretExpiresAt
          ? ["with both secrets until ", when(webhook.previousSecretExpiresAt)]
          : "with one secret",
      ],
    ]),
  );
}

function setEndpoint({ api }: PortalContext, webhook: Webhook | null, changed: () => void): void {
  const field = textField("url", "URL", webhook?.url ?? "", {
    placeholder: "https://example.com/hooks/paddock",
    type: "url",
  });
  formDialog({
    title: "Webhook endpoint",
    fields: [field],
    submit: "Save",
    // A PUT replaces the list of events too: it stays as it is.
    work: () => api.send<WebhookSet>("PUT", "/webhook", { url: field.value(), events: webhook?.events ?? null }),
    done: ({ secret }) => {
      if (secret === undefined) changed();
      else
        secretDialog("Your signing secret", "Your server checks with it that messages are from here.", secret, changed);
    },
  });
}

function testResult({ delivered, status, durationMs, error, response }: WebhookTest, changed: () => void): void {
  const close = openDialog(
    "What came back",
    h(
      "div",
      { class: "form" },
      notice(
        delivered ? "good" : "bad",
        delivered
          ? "The receiver took the message."
          : status === null
            ? `There was no response: ${error ?? "unknown"}`
            : `The receiver answered ${status}.`,
      ),
      facts([
        ["Status", status ?? "none"],
        ["Took", `${formatNumber(Math.round(durationMs))} ms`],
      ]),
      response && h("pre", { class: "quoted" }, response),
      h(
        "div",
        { class: "form-actions" },
        button("Done", () => close(), { kind: "primary" }),
      ),
    ),
    changed,
  );
}
