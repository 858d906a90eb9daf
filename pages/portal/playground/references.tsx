/** One list of references in the form: files and URLs, in their order. */
import { useRef, useState } from "preact/hooks";
import { t } from "../../i18n/t.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { KIND_OF, type Reference, type ReferenceField, type ReferenceKind } from "./form.ts";
import type { Playground } from "./store.ts";
import { MOST_BYTES } from "./upload.ts";

interface ListProps {
  readonly playground: Playground;
  readonly field: ReferenceField;
  readonly problem: string | undefined;
}

/** A list of references, with the ways to add one. */
export function References({ playground, field, problem }: ListProps) {
  const references = playground.state.values.references[field];
  const kind = KIND_OF[field];
  const files = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLFieldSetElement>(null);
  const most = playground.model.parameters[field]?.maxItems ?? 0;
  const remove = (index: number, id: string) => {
    playground.removeReference(field, id);
    // The keyboard goes to what has taken the place, or to the button that adds one.
    requestAnimationFrame(() => {
      const buttons = list.current?.querySelectorAll<HTMLElement>(".reference-remove") ?? [];
      (buttons[Math.min(index, buttons.length - 1)] ?? list.current?.querySelector("button"))?.focus();
    });
  };
  const move = (index: number, id: string, by: -1 | 1) => {
    playground.moveReference(field, id, by);
    // The keyboard goes along; at an end of the list, to the button that moves the other way.
    requestAnimationFrame(() => {
      const row = list.current?.querySelectorAll("li")[index + by];
      (row?.querySelector<HTMLElement>(`[data-by="${by}"]`) ?? row?.querySelector<HTMLElement>("[data-by]"))?.focus();
    });
  };
  return (
    <fieldset class="field references" ref={list} aria-describedby={`${field}-problem ${field}-hint`}>
      <legend class="field-label">{t(`playground.${field}`)}</legend>
      {references.length > 0 && (
        <ol class="reference-list">
          {references.map((reference, index) => (
            <li key={reference.id} class={reference.problem === null ? "reference" : "reference bad"}>
              <Thumbnail reference={reference} kind={kind} />
              <ReferenceText reference={reference} />
              {index > 0 && (
                <button
                  type="button"
                  class="icon-button small"
                  data-by={-1}
                  aria-label={t("playground.earlier", { name: reference.name })}
                  onClick={() => move(index, reference.id, -1)}
                >
                  ↑
                </button>
              )}
              {index < references.length - 1 && (
                <button
                  type="button"
                  class="icon-button small"
                  data-by={1}
                  aria-label={t("playground.later", { name: reference.name })}
                  onClick={() => move(index, reference.id, 1)}
                >
                  ↓
                </button>
              )}
              <button
                type="button"
                class="icon-button small reference-remove"
                aria-label={t("playground.removeReference", { name: reference.name })}
                onClick={() => remove(index, reference.id)}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ol>
      )}
      <div class="reference-add">
        <Button icon="plus" work={() => files.current?.click()}>
          {t(`playground.choose_${field}`)}
        </Button>
        <input
          ref={files}
          type="file"
          accept={`${kind}/*`}
          multiple
          hidden
          aria-label={t(`playground.choose_${field}`)}
          onChange={({ currentTarget }) => {
            playground.addFiles([...(currentTarget.files ?? [])]);
            currentTarget.value = "";
          }}
        />
        <AddUrl playground={playground} field={field} />
      </div>
      <p class="field-hint" id={`${field}-hint`}>
        {t("playground.referenceHint", { count: most, most: MOST_BYTES[kind] / 2 ** 20 })}
      </p>
      <p class="field-problem" id={`${field}-problem`} hidden={problem === undefined}>
        {problem}
      </p>
    </fieldset>
  );
}

function AddUrl({ playground, field }: Pick<ListProps, "playground" | "field">) {
  const [text, setText] = useState("");
  const [isWrong, setWrong] = useState(false);
  const add = () => {
    const isAdded = playground.addSource(field, text);
    setWrong(!isAdded);
    if (isAdded) setText("");
  };
  return (
    <div class="reference-url">
      <input
        class="input"
        type="url"
        value={text}
        aria-label={t(`playground.url_${field}`)}
        placeholder={t(`playground.url_${field}`)}
        aria-invalid={isWrong ? "true" : undefined}
        aria-describedby={`${field}-url-problem`}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Enter would send the form.
          if (event.key !== "Enter") return;
          event.preventDefault();
          add();
        }}
      />
      <Button work={add}>{t("playground.addUrl")}</Button>
      <p class="field-problem" id={`${field}-url-problem`} hidden={!isWrong}>
        {t("playground.notUrl")}
      </p>
    </div>
  );
}

function ReferenceText({ reference }: { readonly reference: Reference }) {
  const { name, progress, problem } = reference;
  const percent = Math.round((progress ?? 0) * 100);
  return (
    <span class="reference-text">
      <span class="reference-name">{name}</span>
      {progress !== null && <progress aria-label={t("playground.uploading", { name })} max={100} value={percent} />}
      {problem !== null && (
        <span class="field-problem" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}

/** Where this page may load pictures from: its policy allows the gateway's own addresses alone. */
const shownOrigins = new Set([location.origin]);

function Thumbnail({ reference, kind }: { readonly reference: Reference; readonly kind: ReferenceKind }) {
  const { url, source } = reference;
  // The gateway's response to an upload has the address of its files.
  if (url !== null && source !== url && URL.canParse(url)) shownOrigins.add(new URL(url).origin);
  const isShown = url !== null && URL.canParse(url) && shownOrigins.has(new URL(url).origin);
  return (
    <span class="reference-thumbnail" aria-hidden="true">
      {isShown && kind === "image" && <img src={url} alt="" loading="lazy" />}
      {isShown && kind === "video" && <video src={url} preload="metadata" muted tabIndex={-1} />}
      {(!isShown || kind === "audio") && <Icon name={kind === "image" ? "image" : "video"} />}
    </span>
  );
}
