/** The Playground: a form, its price, the tasks of this sitting in place, and the same call as code. */
import { useEffect, useReducer, useState } from "preact/hooks";
import { t } from "../../i18n/t.ts";
import { setListSettings } from "../../lib/router.ts";
import { toast } from "../../lib/toast.ts";
import { messageOf } from "../../ui/message.ts";
import { Card, Empty, Loaded, Notice, PageHead } from "../../ui/parts.tsx";
import { useData } from "../../ui/use-data.ts";
import { useSettings } from "../../ui/use-settings.ts";
import type { PortalContext } from "../context.ts";
import { CodeCard } from "./code-card.tsx";
import type { Model } from "./form.ts";
import { FormCard } from "./form-card.tsx";
import { playgroundOf } from "./open-playground.ts";
import { RunCard } from "./run-card.tsx";
import type { Playground } from "./store.ts";

/** The Playground's page. */
export function PlaygroundPage({ context }: { readonly context: PortalContext }) {
  const { api, account, readOnly } = context;
  const models = useData<{ models: readonly Model[] }>(api, readOnly ? null : "/models");
  return (
    <>
      <PageHead title={t("playground.title")}>
        <p class="under">{t("playground.intro")}</p>
      </PageHead>
      {readOnly ? (
        <Notice tone="info">{t(account.role === "viewer" ? "playground.viewer" : "playground.suspended")}</Notice>
      ) : (
        <Loaded of={models}>
          {({ models: list }) => {
            const playground = playgroundOf(api, account.tenantId, list);
            if (playground) return <Sheet playground={playground} context={context} />;
            return (
              <Empty title={t("playground.noModels")}>
                <p>{t("playground.noModelsText")}</p>
              </Empty>
            );
          }}
        </Loaded>
      )}
    </>
  );
}

interface SheetProps {
  readonly playground: Playground;
  readonly context: PortalContext;
}

function Sheet({ playground, context }: SheetProps) {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => playground.listen(() => draw(undefined)), [playground]);
  useFilledForm(playground);
  const isOver = useDroppedFiles(playground);
  const { taskIds } = playground.state;
  const again = async (taskId: number) => {
    const isSame = playground.isFormOf(taskId);
    if (!isSame) await playground.fillFrom(taskId);
    const button = document.getElementById("playground-generate");
    button?.scrollIntoView({ block: "center" });
    button?.focus();
    // The price of exactly this request is on the page already.
    if (isSame) await playground.generate();
  };
  return (
    <div class={isOver ? "playground is-over" : "playground"}>
      <FormCard playground={playground} context={context} />
      <section class="playground-results" aria-label={t("playground.results")}>
        {taskIds.length === 0 && (
          <Card>
            <Empty title={t("playground.noResults")}>
              <p>{t("playground.noResultsText")}</p>
            </Empty>
          </Card>
        )}
        {taskIds.map((taskId) => (
          <RunCard
            key={taskId}
            api={context.api}
            taskId={taskId}
            again={() => again(taskId)}
            gone={() => playground.dropTask(taskId)}
          />
        ))}
      </section>
      <CodeCard playground={playground} />
    </div>
  );
}

/** `#/playground?from={taskId}` fills the form with a task's request, once. */
function useFilledForm(playground: Playground): void {
  const from = useSettings()("from");
  useEffect(() => {
    if (from === "") return;
    setListSettings({ from: null });
    if (/^\d{1,16}$/.test(from)) playground.fillFrom(Number(from)).catch((error) => toast(messageOf(error), "bad"));
  }, [playground, from]);
}

/** Files that are dropped or pasted anywhere on the page become references. @returns true while files are held over the page */
function useDroppedFiles(playground: Playground): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const take = (files: FileList | undefined, event: Event) => {
      if (!files || files.length === 0) return;
      event.preventDefault();
      const refused = playground.addFiles([...files]);
      const names = refused.map(({ name }) => name).join(", ");
      if (refused.length > 0) toast(t("playground.filesNotTaken", { names }), "bad");
    };
    const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") === true;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      setOver(false);
      take(event.dataTransfer?.files, event);
    };
    addEventListener("dragover", over, { signal });
    addEventListener("dragleave", leave, { signal });
    addEventListener("drop", drop, { signal });
    addEventListener("paste", (event) => take(event.clipboardData?.files, event), { signal });
    return () => stop.abort();
  }, [playground]);
  return isOver;
}
