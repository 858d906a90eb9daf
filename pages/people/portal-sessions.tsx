/** Who is signed in to a tenant's portal: the list, what ends a session, and invitations by link. */
import type { ComponentChildren } from "preact";
import { rich, t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { formatDateTime } from "../lib/format.ts";
import { toast } from "../lib/toast.ts";
import type { PortalLink, PortalSession, PortalSessions } from "../lib/types.ts";
import { Button, CopyButton } from "../ui/button.tsx";
import { openDialog } from "../ui/dialog.tsx";
import { confirmDialog, formDialog } from "../ui/dialogs.tsx";
import { ChoiceField, TextField } from "../ui/fields.tsx";
import { ListTable } from "../ui/list.tsx";
import { Badge, Card, Notice, When, ZoneNote } from "../ui/parts.tsx";
import { useList } from "../ui/use-list.ts";

/** Whose portal, and what the reader may do. */
export interface PortalSessionsProps {
  readonly api: Api;
  /** Path of the list of sessions. */
  readonly path: string;
  /** Path of what makes links. */
  readonly linkPath: string;
  /** Name of the tenant. */
  readonly tenant: string;
  readonly readOnly: boolean;
  /** Further buttons above the list. */
  readonly actions?: (reload: () => Promise<void>) => ComponentChildren;
}

/** Shows who is signed in. */
export function PortalSessionsCard({ api, path, linkPath, tenant, readOnly, actions }: PortalSessionsProps) {
  const list = useList<PortalSessions, PortalSession>({ api, path, rows: ({ sessions }) => sessions });
  const end = (session: PortalSession) =>
    confirmDialog({
      title: t("people.endTitle", { person: session.person ?? t("people.unnamed") }),
      text: session.current ? t("people.endOwnText") : t("people.endText"),
      submit: t("people.end"),
      work: () => api.send("DELETE", `${path}/${session.sessionId}`),
      changed: list.reload,
      done: () => toast(t("people.ended")),
    });
  return (
    <Card
      title={t("people.sessions")}
      actions={
        !readOnly && (
          <>
            {actions?.(list.reload)}
            <Button kind="primary" icon="plus" work={() => invite(api, linkPath, tenant)}>
              {t("people.invite")}
            </Button>
          </>
        )
      }
    >
      <ListTable
        list={list}
        keyOf={({ sessionId }) => sessionId}
        label={t("people.sessions")}
        empty={{ title: t("people.nobody"), text: t("people.nobodyText") }}
        columns={[
          {
            title: t("people.person"),
            long: true,
            value: ({ person, current }) => (
              <>
                <b>{person ?? t("people.unnamed")}</b> {current && <Badge tone="info">{t("people.you")}</Badge>}
              </>
            ),
          },
          { title: t("people.role"), value: ({ role }) => t(role === "admin" ? "people.admin" : "people.viewer") },
          { title: t("people.how"), value: (session) => <Way session={session} /> },
          {
            title: t("people.since"),
            value: ({ createdAt }) => <When at={createdAt} otherwise={t("people.unknown")} />,
          },
          {
            title: t("people.lastSeen"),
            value: ({ lastSeenAt }) => <When at={lastSeenAt} otherwise={t("people.unknown")} />,
          },
          { title: t("people.ends"), value: ({ expiresAt }) => <When at={expiresAt} /> },
          {
            title: "",
            value: (session) =>
              !readOnly && (
                <Button
                  kind="quiet"
                  label={t("people.endSessionOf", { person: session.person ?? session.sessionId })}
                  work={() => end(session)}
                >
                  {t("people.end")}
                </Button>
              ),
          },
        ]}
      />
      <ZoneNote />
    </Card>
  );
}

function Way({ session: { method, keyId } }: { readonly session: PortalSession }) {
  if (method === "key") return <>{rich("people.byKey", { key: <code>{keyId ?? ""}</code> })}</>;
  if (method === "email") return <>{t("people.byEmail")}</>;
  return <>{keyId === null ? t("people.byOperatorsLink") : rich("people.byKeysLink", { key: <code>{keyId}</code> })}</>;
}

/** Asks for whom, then shows a link that signs that person in once. */
export function invite(api: Api, path: string, tenant: string): void {
  formDialog<PortalLink>({
    title: t("people.invite"),
    intro: t("people.inviteText", { tenant }),
    submit: t("people.makeLink"),
    fields: (
      <>
        <TextField name="person" label={t("people.person")} nullable hint={t("people.personHint")} />
        <ChoiceField
          name="role"
          label={t("people.role")}
          value="viewer"
          choices={[
            ["viewer", t("people.viewerLong")],
            ["admin", t("people.adminLong")],
          ]}
        />
      </>
    ),
    work: (values) => api.send("POST", path, values),
    done: ({ url, expiresAt }) =>
      openDialog(t("people.link"), (close) => (
        <div class="form">
          <p>{t("people.linkText")}</p>
          <div class="secret">
            <code data-portal-link>{url}</code>
            <CopyButton text={url} label={t("people.copyLink")} />
          </div>
          <Notice tone="info">{t("people.linkOnce", { until: formatDateTime(expiresAt) })}</Notice>
          <div class="form-actions">
            <Button kind="primary" work={close}>
              {t("common.done")}
            </Button>
          </div>
        </div>
      )),
  });
}
