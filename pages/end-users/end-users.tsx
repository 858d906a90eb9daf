/** End users of a tenant: their limits, what they have used, and their client tokens. */
import { t, translateError } from "../i18n/t.ts";
import { type Api, ApiError } from "../lib/api.ts";
import { formatNumber } from "../lib/format.ts";
import { toast } from "../lib/toast.ts";
import type { ClientTokenList, EndUser, EndUserList } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { openDialog } from "../ui/dialog.tsx";
import { confirmDialog, formDialog } from "../ui/dialogs.tsx";
import { NumberField, TextField } from "../ui/fields.tsx";
import { ListTable } from "../ui/list.tsx";
import { Badge, Card, Empty, Loaded, When } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { useData } from "../ui/use-data.ts";
import { useList } from "../ui/use-list.ts";

/** Whose end users, and who looks. */
export interface EndUsersProps {
  readonly api: Api;
  /** Path before `/end-users` and `/client-tokens`: "" in the portal. */
  readonly path: string;
  readonly readOnly: boolean;
}

const limitsOf = ({ blocked, dailyCredits, monthlyCredits, dailyTasks, concurrentTasks }: EndUser) => ({
  blocked,
  dailyCredits,
  monthlyCredits,
  dailyTasks,
  concurrentTasks,
});

/** Shows the end users that have limits, use or tasks. */
export function EndUsersCard({ api, path, readOnly }: EndUsersProps) {
  const list = useList<EndUserList, EndUser>({
    api,
    path: `${path}/end-users`,
    rows: ({ endUsers }) => endUsers,
  });
  const pathOf = (endUser: string) => `${path}/end-users/${encodeURIComponent(endUser)}`;
  const block = (user: EndUser) => {
    const { endUser } = user;
    const put = (blocked: boolean) => api.send("PUT", pathOf(endUser), { ...limitsOf(user), blocked });
    if (user.blocked) {
      return put(false)
        .then(list.reload)
        .then(() => toast(t("endUsers.isUnblocked", { endUser })));
    }
    return confirmDialog({
      title: t("endUsers.blockTitle", { endUser }),
      text: t("endUsers.blockText"),
      submit: t("endUsers.block"),
      work: () => put(true),
      changed: list.reload,
      done: () => toast(t("endUsers.isBlocked", { endUser })),
    });
  };
  return (
    <Card
      title={t("endUsers.title")}
      actions={
        !readOnly && (
          <Button icon="plus" work={() => setLimits(api, pathOf, null, list.reload)}>
            {t("endUsers.add")}
          </Button>
        )
      }
    >
      <ListTable
        list={list}
        keyOf={({ endUser }) => endUser}
        label={t("endUsers.title")}
        empty={{ title: t("endUsers.none"), text: t("endUsers.noneText") }}
        columns={[
          {
            title: t("endUsers.endUser"),
            long: true,
            value: ({ endUser, blocked }) => (
              <>
                <b>{endUser}</b> {blocked && <Badge tone="bad">{t("endUsers.blocked")}</Badge>}
              </>
            ),
          },
          {
            title: t("endUsers.creditsToday"),
            numeric: true,
            value: ({ used, dailyCredits }) => <Used used={used.todayCredits} cap={dailyCredits} />,
          },
          {
            title: t("endUsers.creditsMonth"),
            numeric: true,
            value: ({ used, monthlyCredits }) => <Used used={used.monthCredits} cap={monthlyCredits} />,
          },
          {
            title: t("endUsers.tasksToday"),
            numeric: true,
            value: ({ used, dailyTasks }) => <Used used={used.todayTasks} cap={dailyTasks} />,
          },
          {
            title: t("endUsers.running"),
            numeric: true,
            value: ({ used, concurrentTasks }) => <Used used={used.running} cap={concurrentTasks} />,
          },
          {
            title: "",
            value: (user) => (
              <>
                <Button
                  kind="quiet"
                  label={t("endUsers.tokensOf", { endUser: user.endUser })}
                  work={() => openTokens(api, path, user.endUser, readOnly)}
                >
                  {t("endUsers.tokens")}
                </Button>
                {!readOnly && (
                  <>
                    <Button
                      kind="quiet"
                      label={t("endUsers.limitsOf", { endUser: user.endUser })}
                      work={() => setLimits(api, pathOf, user, list.reload)}
                    >
                      {t("endUsers.limits")}
                    </Button>
                    <Button
                      kind="quiet"
                      label={t(user.blocked ? "endUsers.unblockOf" : "endUsers.blockOf", { endUser: user.endUser })}
                      work={() => block(user)}
                    >
                      {t(user.blocked ? "endUsers.unblock" : "endUsers.block")}
                    </Button>
                  </>
                )}
              </>
            ),
          },
        ]}
      />
      <p class="faint">{t("endUsers.utc")}</p>
    </Card>
  );
}

function Used({ used, cap }: { readonly used: number; readonly cap: number | null }) {
  return (
    <>
      {formatNumber(used)} <small class="faint">{cap === null ? t("endUsers.noCap") : `/ ${formatNumber(cap)}`}</small>
    </>
  );
}

/** @param user null: any name, for an end user that is not in the list yet */
function setLimits(
  api: Api,
  pathOf: (endUser: string) => string,
  user: EndUser | null,
  changed: () => Promise<void>,
): void {
  formDialog({
    title: user === null ? t("endUsers.add") : t("endUsers.limitsOf", { endUser: user.endUser }),
    intro: t("endUsers.limitsText"),
    submit: t("common.save"),
    fields: (
      <>
        {user === null && <TextField name="endUser" label={t("endUsers.endUser")} hint={t("endUsers.endUserHint")} />}
        <NumberField name="dailyCredits" label={t("endUsers.dailyCredits")} value={user?.dailyCredits ?? null} />
        <NumberField name="monthlyCredits" label={t("endUsers.monthlyCredits")} value={user?.monthlyCredits ?? null} />
        <NumberField name="dailyTasks" label={t("endUsers.dailyTasks")} value={user?.dailyTasks ?? null} />
        <NumberField
          name="concurrentTasks"
          label={t("endUsers.concurrentTasks")}
          value={user?.concurrentTasks ?? null}
        />
      </>
    ),
    work: async ({ endUser, ...limits }) => {
      const name = user?.endUser ?? String(endUser);
      if (user === null) await requireNew(api, name, pathOf);
      await api.send("PUT", pathOf(name), { ...limits, blocked: user?.blocked ?? false });
    },
    changed,
    done: () => toast(t("common.saved")),
  });
}

/** @throws ApiError for a name whose limits or block the form would replace unseen */
async function requireNew(api: Api, endUser: string, pathOf: (endUser: string) => string): Promise<void> {
  const refused = (message: string) => new ApiError(0, 0, message, [{ path: "endUser", message }]);
  if (endUser === "") throw refused(translateError(0, "must not be empty"));
  const present = limitsOf(await api.get<EndUser>(pathOf(endUser)));
  if (Object.values(present).some((limit) => limit !== null && limit !== false)) throw refused(t("endUsers.isListed"));
}

function openTokens(api: Api, path: string, endUser: string, readOnly: boolean): void {
  openDialog(
    t("endUsers.tokensOf", { endUser }),
    () => <Tokens api={api} path={path} endUser={endUser} readOnly={readOnly} />,
    { wide: true },
  );
}

function Tokens({ api, path, endUser, readOnly }: EndUsersProps & { readonly endUser: string }) {
  const list = useData<ClientTokenList>(api, `${path}/client-tokens`, { endUser, limit: 100 });
  const end = (tokenId: string) =>
    confirmDialog({
      title: t("endUsers.endTokenTitle", { token: tokenId }),
      text: t("endUsers.endTokenText", { endUser }),
      submit: t("endUsers.endToken"),
      work: () => api.send("DELETE", `${path}/client-tokens/${tokenId}`),
      changed: list.reload,
      done: () => toast(t("endUsers.tokenEnded")),
    });
  return (
    <>
      <p class="under">{t("endUsers.tokensText")}</p>
      <Loaded of={list}>
        {({ tokens }) =>
          tokens.length === 0 ? (
            <Empty title={t("endUsers.noTokens")} />
          ) : (
            <Table
              rows={tokens}
              keyOf={({ tokenId }) => tokenId}
              label={t("endUsers.tokens")}
              columns={[
                { title: t("endUsers.token"), value: ({ tokenId }) => <code>{tokenId}</code> },
                {
                  title: t("endUsers.state"),
                  value: ({ ended }) =>
                    ended ? (
                      <Badge tone="warn">{t("endUsers.ended")}</Badge>
                    ) : (
                      <Badge tone="good">{t("endUsers.works")}</Badge>
                    ),
                },
                { title: t("endUsers.tasks"), numeric: true, value: ({ tasks }) => formatNumber(tasks.used) },
                { title: t("endUsers.credits"), numeric: true, value: ({ credits }) => formatNumber(credits.used) },
                { title: t("endUsers.expires"), value: ({ expiresAt }) => <When at={expiresAt} /> },
                {
                  title: "",
                  value: ({ tokenId, ended }) =>
                    !readOnly &&
                    !ended && (
                      <Button
                        kind="quiet"
                        label={t("endUsers.endTokenOf", { token: tokenId })}
                        work={() => end(tokenId)}
                      >
                        {t("endUsers.endToken")}
                      </Button>
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </>
  );
}
