/** The page of what the operator's search found. */
import { lookUp, t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import type { SearchResults } from "../lib/types.ts";
import { TaskStatus } from "../tasks/status.tsx";
import { Empty, Loaded, Moment, Notice, PageHead } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { useData } from "../ui/use-data.ts";
import { useSettings } from "../ui/use-settings.ts";
import { addressOf, type Found } from "./search.ts";
import { TenantStatus } from "./tenant-status.tsx";

/** Shows what was found. */
export function SearchPage({ api }: { readonly api: Api }) {
  const q = useSettings()("q");
  const found = useData<SearchResults>(api, q === "" ? null : "/search", { q });
  if (q === "") {
    return (
      <>
        <PageHead title={t("common.search")} />
        <p>{t("frame.searchEmpty")}</p>
      </>
    );
  }
  return (
    <>
      <PageHead title={t("frame.searchResults", { q })} />
      <Loaded of={found}>
        {({ results, incomplete }) => (
          <>
            {incomplete && <Notice tone="warn">{t("frame.searchIncomplete")}</Notice>}
            <p class="faint" role="status">
              {t("frame.searchCount", { count: results.length })}
            </p>
            {results.length === 0 ? (
              <Empty title={t("frame.searchNone", { q })}>
                <p>{t("frame.searchNoneHint")}</p>
              </Empty>
            ) : (
              <Results results={results} />
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

function Results({ results }: Pick<SearchResults, "results">) {
  return (
    <section class="card">
      <Table<Found>
        rows={results}
        keyOf={(found) => `${addressOf(found)} ${found.kind} ${"fileId" in found ? found.fileId : ""}`}
        href={addressOf}
        columns={[
          { title: t("frame.found"), value: nameOf, long: true },
          { title: t("frame.what"), value: kindOf },
          { title: t("frame.where"), value: (found) => ("tenantName" in found ? found.tenantName : ""), long: true },
          { title: t("tasks.status"), value: statusOf },
          { title: t("tasks.submitted"), value: (found) => "createdAt" in found && <Moment at={found.createdAt} /> },
        ]}
      />
    </section>
  );
}

function nameOf(found: Found) {
  if (found.kind === "task") return String(found.taskId);
  if (found.kind === "file") return "taskId" in found ? found.name || String(found.taskId) : found.fileId;
  const id = found.kind === "key" ? found.keyId : found.tenantId;
  return (
    <>
      {found.name}
      <small class="block faint mono">{id}</small>
    </>
  );
}

function kindOf(found: Found): string {
  if (found.kind === "tenant") return t("frame.kindTenant");
  if (found.kind === "key") return t("frame.kindKey");
  if (found.kind === "task") return t("frame.kindTask");
  return "taskId" in found ? t("frame.kindFile") : t("frame.kindUpload");
}

function statusOf(found: Found) {
  if (found.kind === "tenant") return <TenantStatus status={found.status} />;
  if (found.kind === "task") return <TaskStatus status={found.status} />;
  return found.kind === "key" ? (lookUp("keys", found.status) ?? found.status) : "";
}
