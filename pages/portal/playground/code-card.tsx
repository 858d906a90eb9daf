/** The form's request as code, in the language that was chosen. */
import { useState } from "preact/hooks";
import { t } from "../../i18n/t.ts";
import { CopyButton, Segments } from "../../ui/button.tsx";
import { requestOf } from "./request.ts";
import { LANGUAGES, type Language, sampleOf } from "./samples.ts";
import type { Playground } from "./store.ts";

/** Kept while the page is left. */
let chosen: Language = "curl";

/** The same call as code. */
export function CodeCard({ playground }: { readonly playground: Playground }) {
  const [language, setLanguage] = useState(chosen);
  const { model } = playground;
  const { values } = playground.state;
  const { code, notes } = sampleOf(language, {
    baseUrl: location.origin,
    medium: model.medium,
    request: requestOf(model, values),
    withUrls: requestOf(model, values, ({ url, source }) => url ?? source),
  });
  const choose = (next: Language) => {
    chosen = next;
    setLanguage(next);
  };
  return (
    <section class="card playground-code">
      <div class="card-head">
        <h2>{t("playground.code")}</h2>
        <Segments label={t("playground.codeLanguage")} choices={LANGUAGES} value={language} choose={choose} />
      </div>
      {code !== null && (
        <div class="code">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
          <section class="code-text" tabIndex={0} aria-label={t("playground.code")}>
            <pre>
              <code>{code}</code>
            </pre>
          </section>
          <CopyButton text={code} label={t("playground.codeCopy")} />
        </div>
      )}
      {notes.length > 0 && (
        <ul class="code-notes" lang="en">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {code !== null && (
        <p class="field-hint">
          {t("playground.codeKey")} <a href="#/keys">{t("playground.codeKeys")}</a>
        </p>
      )}
    </section>
  );
}
