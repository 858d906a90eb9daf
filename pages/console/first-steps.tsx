/** What a new deployment needs before it earns: a checklist that ends itself. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n/t.ts";
import { type Api, ApiError } from "../lib/api.ts";
import type { AuditLog, Overview, TenantList } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/parts.tsx";
import { useLoad } from "../ui/use-data.ts";
import { createTenant } from "./create-tenant.tsx";

/** What the overview alone does not tell. */
interface Progress {
  readonly tenantId: string | null;
  readonly hasKey: boolean;
  readonly hasCredits: boolean;
  readonly hasPortalLink: boolean;
}

const REFRESH_MS = 10_000;

/** Shows the steps until the first task has completed; then, or for an operator who may not see them, nothing. */
export function FirstSteps({ api, overview }: { readonly api: Api; readonly overview: Overview }) {
  const isOver = overview.totals.completed > 0;
  const progress = useLoad<Progress | null>(isOver ? "" : "first-steps", (signal) => loadProgress(api, signal), {
    every: () => REFRESH_MS,
  });
  if (isOver || !progress.data) return null;
  const { tenantId, hasKey, hasCredits, hasPortalLink } = progress.data;
  const tab = (name: string) => `#/tenants/${tenantId}/${name}`;
  const usable = overview.masterKeys.some(({ ok }) => ok);
  const steps: readonly { done: boolean; text: string; action: ComponentChildren }[] = [
    {
      done: usable,
      text: t("overview.stepMasterKey"),
      action: <small class="faint">{t("overview.masterKeyHint")}</small>,
    },
    {
      done: tenantId !== null,
      text: t("overview.stepTenant"),
      action: (
        <Button work={() => createTenant(api)} kind="primary" icon="plus">
          {t("tenants.new")}
        </Button>
      ),
    },
    { done: hasKey, text: t("overview.stepKey"), action: <a href={tab("keys")}>{t("overview.openKeys")}</a> },
    {
      done: hasCredits,
      text: t("overview.stepCredits"),
      action: <a href={tab("credits")}>{t("overview.openCredits")}</a>,
    },
    {
      done: hasPortalLink,
      text: t("overview.stepPortal"),
      action: <a href={tab("summary")}>{t("overview.openTenant")}</a>,
    },
    { done: false, text: t("overview.stepTask"), action: <a href={tab("keys")}>{t("overview.openKeys")}</a> },
  ];
  const next = steps.findIndex(({ done }) => !done);
  return (
    <Card title={t("overview.firstSteps")}>
      <ol class="steps">
        {steps.map(({ done, text, action }, index) => (
          <li key={text} class={done ? "done" : undefined} aria-current={index === next ? "step" : undefined}>
            <span class="step-sign" aria-hidden="true">
              {done ? "✓" : index + 1}
            </span>
            <span>
              {text} {done && <span class="visually-hidden">{t("overview.stepDone")}</span>}
            </span>
            {index === next && <span class="step-action">{action}</span>}
          </li>
        ))}
      </ol>
      {tenantId !== null && (
        <p class="faint">
          {t("overview.baseUrl")} <code>{location.origin}</code>
        </p>
      )}
    </Card>
  );
}

async function loadProgress(api: Api, signal: AbortSignal): Promise<Progress | null> {
  try {
    const { tenants } = await api.get<TenantList>("/tenants", { sort: "created", limit: 1 }, signal);
    const [first] = tenants;
    if (first === undefined) return { tenantId: null, hasKey: false, hasCredits: false, hasPortalLink: false };
    const has = async (action: string) =>
      (await api.get<AuditLog>("/audit", { action, limit: 1 }, signal)).entries.length > 0;
    const [hasKey, credited, hasPortalLink] = await Promise.all([
      has("key.create"),
      has("credits.add"),
      has("portal-link.create"),
    ]);
    return { tenantId: first.tenantId, hasKey, hasCredits: credited || first.billing === "unmetered", hasPortalLink };
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return null;
    throw error;
  }
}
