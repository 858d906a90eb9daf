/** One tenant: its figures, and everything the operator can do with it, tab by tab. */
import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { Keys } from "../keys/key-list.tsx";
import type { Api } from "../lib/api.ts";
import { formatDateTime, formatNumber } from "../lib/format.ts";
import { toast } from "../lib/toast.ts";
import type { PortalLink, Tenant } from "../lib/types.ts";
import { Button, Copyable, CopyButton } from "../ui/button.tsx";
import { openDialog } from "../ui/dialog.tsx";
import { confirmDialog } from "../ui/dialogs.tsx";
import { Crumb, Loaded, Notice, PageHead } from "../ui/parts.tsx";
import { useData } from "../ui/use-data.ts";
import { AuditView } from "./audit.tsx";
import type { TenantContext } from "./context.ts";
import { CreditsTab, StatementTab } from "./credits.tsx";
import { PlaygroundTab } from "./playground.tsx";
import { TenantPrices } from "./prices.tsx";
import { SettingsTab } from "./settings.tsx";
import { SummaryTab } from "./summary.tsx";
import { TasksTab } from "./tasks.tsx";
import { TenantEndUsersTab, TenantPeopleTab } from "./tenant-people.tsx";
import { TenantStatus } from "./tenant-status.tsx";
import { TenantWebhookBanner, TenantWebhooksTab } from "./tenant-webhooks.tsx";
import { UsageTab } from "./usage.tsx";

interface Tab {
  /** The last part of its address. */
  readonly id: string;
  readonly text: string;
  readonly show: (context: TenantContext) => ComponentChild;
}

/** The tabs. A new one is one line. */
function tabs(): readonly Tab[] {
  return [
    { id: "summary", text: t("tenant.summary"), show: (context) => <SummaryTab {...context} /> },
    {
      id: "keys",
      text: t("tenant.keys"),
      show: ({ api, path }) => <Keys api={api} path={`${path}/keys`} operator tasks={`#${path}/tasks`} />,
    },
    {
      id: "credits",
      text: t("tenant.credits"),
      show: (context) => <CreditsTab {...context} />,
    },
    { id: "statement", text: t("money.statement"), show: (context) => <StatementTab {...context} /> },
    {
      id: "tasks",
      text: t("tenant.tasks"),
      show: (context) => <TasksTab {...context} />,
    },
    {
      id: "usage",
      text: t("tenant.usage"),
      show: (context) => <UsageTab {...context} />,
    },
    {
      id: "prices",
      text: t("tenant.prices"),
      show: (context) => <TenantPrices {...context} />,
    },
    { id: "webhooks", text: t("webhooks.tab"), show: (context) => <TenantWebhooksTab {...context} /> },
    { id: "end-users", text: t("endUsers.title"), show: (context) => <TenantEndUsersTab {...context} /> },
    { id: "people", text: t("people.title"), show: (context) => <TenantPeopleTab {...context} /> },
    { id: "playground", text: t("playground.title"), show: (context) => <PlaygroundTab {...context} /> },
    { id: "settings", text: t("tenant.settings"), show: (context) => <SettingsTab {...context} /> },
    {
      id: "activity",
      text: t("tenant.activity"),
      show: ({ api, tenant }) => <AuditView api={api} tenantId={tenant.tenantId} />,
    },
  ];
}

/** Shows one tenant, with a tab for each topic. */
export function TenantPage({
  api,
  tenantId,
  tab,
}: {
  readonly api: Api;
  readonly tenantId: string;
  readonly tab: string;
}) {
  const path = `/tenants/${encodeURIComponent(tenantId)}`;
  const tenant = useData<Tenant>(api, path);
  const [revision, setRevision] = useState(0);
  const all = tabs();
  const current = all.find(({ id }) => id === tab) ?? all[0];
  const changed = async () => {
    await tenant.reload();
    setRevision((before) => before + 1);
  };
  return (
    <Loaded of={tenant}>
      {(data) => {
        const context: TenantContext = { api, tenant: data, path, changed, revision: String(revision) };
        return (
          <>
            <Crumb path="/tenants">{t("frame.tenants")}</Crumb>
            <TenantHead {...context} />
            {current?.id !== "webhooks" && <TenantWebhookBanner {...context} />}
            <nav class="tabs" aria-label={t("tenant.tabs")}>
              {all.map(({ id, text }) => (
                <a key={id} href={`#/tenants/${tenantId}/${id}`} aria-current={id === current?.id ? "page" : undefined}>
                  {text}
                </a>
              ))}
            </nav>
            <div key={current?.id}>{current?.show(context)}</div>
          </>
        );
      }}
    </Loaded>
  );
}

function TenantHead(context: TenantContext) {
  const { api, path, tenant, changed } = context;
  const { name, status, tenantId, balance } = tenant;
  const setStatus = (next: "active" | "suspended") => api.send("PATCH", path, { status: next });
  const suspend = () =>
    confirmDialog({
      title: t("tenant.suspendTitle", { name }),
      text: t("tenant.suspendText"),
      submit: t("tenant.suspend"),
      work: () => setStatus("suspended"),
      changed,
      done: () => toast(t("tenant.isSuspended", { name })),
    });
  const activate = async () => {
    await setStatus("active");
    toast(t("tenant.isActive", { name }));
    await changed();
  };
  return (
    <PageHead
      title={
        <>
          {name} <TenantStatus status={status} />
        </>
      }
      actions={
        <>
          <Button work={() => openPortalLink(context)}>{t("tenant.portalLink")}</Button>
          {status === "active" ? (
            <Button work={suspend}>{t("tenant.suspend")}</Button>
          ) : (
            <Button work={activate} kind="primary">
              {t("tenant.activate")}
            </Button>
          )}
        </>
      }
    >
      <p class="under">
        <Copyable text={tenantId} />
        <span>{t("tenant.balanceLine", { credits: formatNumber(balance) })}</span>
      </p>
    </PageHead>
  );
}

async function openPortalLink({ api, path, tenant }: TenantContext): Promise<void> {
  const { url, expiresAt } = await api.send<PortalLink>("POST", `${path}/portal-links`);
  openDialog(t("tenant.portalLink"), (close) => (
    <div class="form">
      <p>{t("tenant.portalLinkText", { name: tenant.name })}</p>
      <div class="secret">
        <code data-portal-link>{url}</code>
        <CopyButton text={url} />
      </div>
      <Notice tone="info">{t("tenant.portalLinkOnce", { until: formatDateTime(expiresAt) })}</Notice>
      <div class="form-actions">
        <Button work={close} kind="primary">
          {t("common.done")}
        </Button>
      </div>
    </div>
  ));
}
