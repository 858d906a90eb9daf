/** One task, for the operator. */
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import type { TaskStory, Tenant } from "../lib/types.ts";
import { DeleteTask } from "../tasks/delete-task.tsx";
import { KeyLink } from "../tasks/key-link.tsx";
import { lookAgain, StoryView } from "../tasks/story.tsx";
import { LinkButton } from "../ui/button.tsx";
import { Crumb, Loaded } from "../ui/parts.tsx";
import { useData } from "../ui/use-data.ts";

/** Shows a task of a tenant, with links to all that it names. */
export function OperatorTaskPage(props: { readonly api: Api; readonly tenantId: string; readonly taskId: string }) {
  const { api, tenantId, taskId } = props;
  const tenantPath = `/tenants/${encodeURIComponent(tenantId)}`;
  const path = `${tenantPath}/tasks/${encodeURIComponent(taskId)}`;
  const story = useData<TaskStory>(api, path, {}, { every: lookAgain });
  const tenant = useData<Tenant>(api, tenantPath);
  const redeliver = async () => {
    await api.send("POST", `${path}/deliveries/redeliver`);
    await story.reload();
  };
  return (
    <>
      <Crumb path={`${tenantPath}/tasks`}>{t("tasks.title")}</Crumb>
      <Loaded of={story}>
        {(data) => (
          <StoryView
            story={data}
            tasks={`#${tenantPath}/tasks`}
            owners={[
              [
                t("task.tenant"),
                <a key="tenant" href={`#${tenantPath}`}>
                  {tenant.data?.name ?? tenantId}
                </a>,
              ],
              [t("task.key"), <KeyLink key="key" keyId={data.keyId} keys={`#${tenantPath}/keys`} />],
            ]}
            actions={
              <>
                <LinkButton href={`#${tenantPath}/playground?from=${taskId}`}>{t("task.runAgain")}</LinkButton>
                <DeleteTask api={api} path={path} task={data.task} tasks={`#${tenantPath}/tasks`} />
              </>
            }
            redeliver={redeliver}
          />
        )}
      </Loaded>
    </>
  );
}
