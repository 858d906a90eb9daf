/** A form: collects the values of its fields, and shows beside each field what the API says about it. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { ApiError, type Issue } from "../lib/api.ts";
import { Button } from "./button.tsx";
import { messageOf } from "./message.ts";
import { Notice } from "./parts.tsx";

/** Values of a form by the names of its fields, fit to be the body of a call. */
export type Values = Readonly<Record<string, unknown>>;

interface Registry {
  readonly readers: Map<string, () => unknown>;
  /** Values as JSON, as they were shown first or saved last. */
  readonly before: Map<string, string>;
  readonly issues: readonly Issue[];
}

const FormContext = createContext<Registry>({ readers: new Map(), before: new Map(), issues: [] });

/** What a form does, and the texts of its buttons. */
export interface FormProps<T> {
  readonly submit: string;
  readonly danger?: boolean;
  readonly wide?: boolean;
  /**
   * Only what was changed is among the values: a form of settings neither takes back what others changed meanwhile, nor
   * asks for permissions that its change does not need.
   */
  readonly onlyChanged?: boolean;
  readonly intro?: ComponentChildren;
  /** Shown while the work is under way, if it takes long. */
  readonly working?: string;
  /** What the button does. @throws ApiError, which is shown beside the fields it names */
  readonly work: (values: Values) => Promise<T>;
  readonly done?: (result: T) => void;
  /** Adds a button that cancels. */
  readonly cancel?: () => void;
  readonly children?: ComponentChildren;
}

/** A form of fields (fields.tsx). */
export function Form<T>(props: FormProps<T>) {
  const [issues, setIssues] = useState<readonly Issue[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const readers = useRef(new Map<string, () => unknown>()).current;
  const before = useRef(new Map<string, string>()).current;
  const registry = useMemo(() => ({ readers, before, issues }), [readers, before, issues]);
  // Not before the fields were drawn again, which a change of their context does later than the form.
  useEffect(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(), [issues]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    setIssues([]);
    try {
      const values = [...readers].map(([name, read]) => [name, read()] as const);
      const isSent = ([name, value]: (typeof values)[number]) =>
        !props.onlyChanged || JSON.stringify(value) !== before.get(name);
      const result = await props.work(Object.fromEntries(values.filter(isSent)));
      for (const [name, value] of values) before.set(name, JSON.stringify(value));
      props.done?.(result);
    } catch (error) {
      const found = error instanceof ApiError ? error.issues : [];
      const hasField = ({ path }: Issue) => [...readers.keys()].some((name) => concerns(path, name));
      setIssues(found);
      if (found.length === 0 || !found.every(hasField)) setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form ref={form} class={props.wide ? "form wide" : "form"} noValidate onSubmit={submit}>
      {props.intro && <p class="form-intro">{props.intro}</p>}
      <FormContext.Provider value={registry}>{props.children}</FormContext.Provider>
      <div class="form-problem">
        {problem !== null && <Notice tone="bad">{problem}</Notice>}
        {isBusy && props.working && (
          <div class="notice info" role="status">
            {props.working}
          </div>
        )}
      </div>
      <div class="form-actions">
        {props.cancel && <Button work={props.cancel}>{t("common.cancel")}</Button>}
        <button type="submit" class={`button ${props.danger ? "danger" : "primary"}`} aria-disabled={isBusy}>
          {props.submit}
        </button>
      </div>
    </form>
  );
}

function concerns(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`);
}

/**
 * Makes a field part of its form.
 *
 * @param name as the API calls the value
 * @returns what the API said about the field after the last attempt, null if nothing
 */
export function useField(name: string, read: () => unknown): string | null {
  const { readers, before, issues } = useContext(FormContext);
  const latest = useRef(read);
  latest.current = read;
  useLayoutEffect(() => {
    readers.set(name, () => latest.current());
    before.set(name, JSON.stringify(latest.current()));
    return () => {
      readers.delete(name);
    };
  }, [readers, before, name]);
  const message = issues.find(({ path }) => concerns(path, name))?.message;
  if (message === undefined) return null;
  return t("common.sentence", { text: `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, "")}` });
}
