/** The request of a task, to read and to send again from a terminal. */
import { useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { CopyButton, Segments } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { Card } from "../ui/parts.tsx";

type Form = "json" | "curl";

/** The request as JSON and as a curl command. */
export function RequestCard({ request }: { readonly request: object }) {
  const [form, setForm] = useState<Form>("json");
  const text = form === "json" ? JSON.stringify(request, null, 2) : curlOf(request);
  return (
    <Card
      title={t("task.request")}
      actions={
        <>
          <Segments<Form>
            label={t("task.request")}
            choices={[
              ["json", t("task.json")],
              ["curl", t("task.curl")],
            ]}
            value={form}
            choose={setForm}
          />
          <CopyButton text={text} label={t("task.copyRequest")} />
        </>
      }
    >
      <Code text={text} />
    </Card>
  );
}

/** Returns a command that sends the request with the key in `PADDOCK_KEY`. */
export function curlOf(request: object): string {
  const body = JSON.stringify(request, null, 2).replaceAll("'", "'\\''");
  return [
    `curl ${location.origin}/api/v1/task/generate`,
    `-H "Authorization: Bearer $PADDOCK_KEY"`,
    `-H "Content-Type: application/json"`,
    `-d '${body}'`,
  ].join(" \\\n  ");
}
