/** Operators: who may do what, their tokens and their sessions of the console. */
import { useMemo } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { Api } from "../lib/api.ts";
import { localTimeOf, momentOf } from "../lib/field-values.ts";
import { toast } from "../lib/toast.ts";
import type { NewOperator, Operator, OperatorList, OperatorSessions } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { openDialog } from "../ui/dialog.tsx";
import { confirmDialog, formDialog, secretDialog } from "../ui/dialogs.tsx";
import { ChecksField, ChoiceField, type Choices, TextField } from "../ui/fields.tsx";
import { ListTable } from "../ui/list.tsx";
import { Badge, Card, Empty, Loaded, PageHead, When } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { type Data, useData } from "../ui/use-data.ts";
import { useList } from "../ui/use-list.ts";

const scopeChoices = (): Choices => [
  ["metrics", t("people.metrics")],
  ["read", t("people.read")],
  ["billing", t("people.billing")],
  ["tenants", t("people.tenants")],
  ["operators", t("people.operatorsScope")],
];
const overlapChoices = (): Choices => [
  ["0", t("people.overlapNone")],
  ["3600", t("people.overlapHour")],
  ["86400", t("people.overlapDay")],
  ["604800", t("people.overlapWeek")],
];

/** Shows operators, and creates, changes, rotates and deletes them. @param canManage the reader has the scope `operators` */
export function OperatorsPage({ api, canManage }: { readonly api: Api; readonly canManage: boolean }) {
  const list = useList<OperatorList, Operator>({ api, path: "/operators", rows: ({ operators }) => operators });
  return (
    <>
      <PageHead
        title={t("people.operators")}
        actions={
          canManage && (
            <>
              <Button work={() => openSessions(api, "root", t("people.root"), canManage)}>
                {t("people.rootSessions")}
              </Button>
              <Button kind="primary" icon="plus" work={() => createOperator(api, list.reload)}>
                {t("people.newOperator")}
              </Button>
            </>
          )
        }
      />
      <Card>
        <ListTable
          list={list}
          keyOf={({ operatorId }) => operatorId}
          label={t("people.operators")}
          empty={{ title: t("people.operatorsNone"), text: t("people.operatorsNoneText") }}
          columns={[
            {
              title: t("people.name"),
              long: true,
              value: ({ name, operatorId }) => (
                <>
                  <b>{name}</b>
                  <small class="block faint mono">{operatorId}</small>
                </>
              ),
            },
            { title: t("people.may"), value: ({ scopes }) => scopes.join(", ") },
            {
              title: t("people.status"),
              value: ({ status }) =>
                status === "active" ? (
                  <Badge tone="good">{t("people.active")}</Badge>
                ) : (
                  <Badge tone="warn">{t("people.expired")}</Badge>
                ),
            },
            { title: t("people.expires"), value: ({ expiresAt }) => <When at={expiresAt} /> },
            { title: t("people.lastUsed"), value: ({ lastUsedAt }) => <When at={lastUsedAt} /> },
            {
              title: "",
              value: (operator) => (
                <OperatorActions api={api} operator={operator} canManage={canManage} changed={list.reload} />
              ),
            },
          ]}
        />
      </Card>
      <OwnSessions />
    </>
  );
}

function OperatorActions(props: {
  readonly api: Api;
  readonly operator: Operator;
  readonly canManage: boolean;
  readonly changed: () => Promise<void>;
}) {
  const { api, operator, canManage, changed } = props;
  const { operatorId, name } = operator;
  return (
    <>
      <Button kind="quiet" work={() => openSessions(api, operatorId, name, canManage)}>
        {t("people.consoleSessions")}
      </Button>
      {canManage && (
        <>
          <Button kind="quiet" work={() => editOperator(api, operator, changed)}>
            {t("people.edit")}
          </Button>
          <Button kind="quiet" work={() => rotateOperator(api, operator, changed)}>
            {t("people.rotate")}
          </Button>
          <Button
            kind="quiet"
            work={() =>
              confirmDialog({
                title: t("people.deleteTitle", { name }),
                text: t("people.deleteText"),
                submit: t("people.delete"),
                work: () => api.send("DELETE", `/operators/${operatorId}`),
                changed,
                done: () => toast(t("people.deleted", { name })),
              })
            }
          >
            {t("people.delete")}
          </Button>
        </>
      )}
    </>
  );
}

function OperatorFields({ operator }: { readonly operator?: Operator }) {
  return (
    <>
      <TextField name="name" label={t("people.name")} value={operator?.name ?? ""} placeholder="Prometheus" />
      <ChecksField
        name="scopes"
        label={t("people.scopes")}
        choices={scopeChoices()}
        value={operator?.scopes ?? ["read"]}
      />
      <TextField
        name="expiresAt"
        label={t("people.expires")}
        type="datetime-local"
        value={localTimeOf(operator?.expiresAt ?? null)}
        hint={t("people.expiresHint")}
      />
    </>
  );
}

function createOperator(api: Api, changed: () => Promise<void>): void {
  formDialog<NewOperator>({
    title: t("people.newOperator"),
    submit: t("people.createOperator"),
    fields: <OperatorFields />,
    work: ({ expiresAt, ...values }) =>
      api.send("POST", "/operators", { ...values, expiresAt: momentOf(String(expiresAt)) }),
    changed,
    done: ({ name, token }) => secretDialog(t("people.token"), t("people.tokenText", { name }), token),
  });
}

function editOperator(api: Api, operator: Operator, changed: () => Promise<void>): void {
  formDialog({
    title: t("people.editOperator", { name: operator.name }),
    submit: t("common.saveChanges"),
    fields: <OperatorFields operator={operator} />,
    // An operator may rename itself, but not give itself scopes.
    onlyChanged: true,
    work: ({ expiresAt, ...values }) =>
      api.send("PATCH", `/operators/${operator.operatorId}`, {
        ...values,
        ...(expiresAt !== undefined && { expiresAt: momentOf(String(expiresAt)) }),
      }),
    changed,
    done: () => toast(t("common.saved")),
  });
}

function rotateOperator(api: Api, { operatorId, name }: Operator, changed: () => Promise<void>): void {
  formDialog<NewOperator>({
    title: t("people.rotateOperator", { name }),
    intro: t("people.rotateText"),
    submit: t("people.rotate"),
    fields: <ChoiceField name="overlapSeconds" label={t("people.overlap")} choices={overlapChoices()} value="86400" />,
    work: ({ overlapSeconds }) =>
      api.send("POST", `/operators/${operatorId}/rotate`, { overlapSeconds: Number(overlapSeconds) }),
    changed,
    done: ({ token }) => secretDialog(t("people.newToken"), t("people.tokenText", { name }), token),
  });
}

function openSessions(api: Api, operatorId: string, name: string, canManage: boolean): void {
  openDialog(
    t("people.sessionsOf", { name }),
    () => <SessionsOf api={api} path={`/operators/${operatorId}/sessions`} canEnd={canManage} />,
    { wide: true },
  );
}

function SessionsOf({ api, path, canEnd }: { readonly api: Api; readonly path: string; readonly canEnd: boolean }) {
  return <Sessions api={api} path={path} canEnd={canEnd} sessions={useData<OperatorSessions>(api, path)} />;
}

/** The reader's own sessions, which need no scope. */
function OwnSessions() {
  const api = useMemo(() => new Api({ base: "/console", headers: () => ({}), onSignedOut: () => {} }), []);
  const sessions = useData<OperatorSessions>(api, "/sessions");
  return (
    <Card title={t("people.yourSessions")}>
      <p class="under">{t("people.yourSessionsText")}</p>
      <Sessions api={api} path="/sessions" canEnd sessions={sessions} />
    </Card>
  );
}

function Sessions(props: {
  readonly api: Api;
  readonly path: string;
  readonly canEnd: boolean;
  readonly sessions: Data<OperatorSessions>;
}) {
  const { api, path, canEnd } = props;
  const end = ({ sessionId, current }: OperatorSessions["sessions"][number]) =>
    confirmDialog({
      title: t("people.endTitle", { person: sessionId }),
      text: current ? t("people.endOwnText") : t("people.endOperatorText"),
      submit: t("people.end"),
      work: () => api.send("DELETE", `${path}/${sessionId}`),
      changed: props.sessions.reload,
      done: () => toast(t("people.ended")),
    });
  return (
    <Loaded of={props.sessions}>
      {({ sessions }) =>
        sessions.length === 0 ? (
          <Empty title={t("people.noSessions")}>
            <p>{t("people.noSessionsText")}</p>
          </Empty>
        ) : (
          <Table
            rows={sessions}
            keyOf={({ sessionId }) => sessionId}
            label={t("people.consoleSessions")}
            columns={[
              {
                title: t("people.since"),
                value: ({ createdAt, current }) => (
                  <>
                    <When at={createdAt} /> {current && <Badge tone="info">{t("people.thisBrowser")}</Badge>}
                  </>
                ),
              },
              { title: t("people.lastSeen"), value: ({ lastUsedAt }) => <When at={lastUsedAt} /> },
              { title: t("people.ends"), value: ({ expiresAt }) => <When at={expiresAt} /> },
              {
                title: "",
                value: (session) =>
                  canEnd && (
                    <Button
                      kind="quiet"
                      label={t("people.endSessionOf", { person: session.sessionId })}
                      work={() => end(session)}
                    >
                      {t("people.end")}
                    </Button>
                  ),
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}
