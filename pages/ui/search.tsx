/** The search in the frame: `/` goes to it, an exact id opens its page at once, Enter shows what was found. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { ApiError } from "../lib/api.ts";
import { toast } from "../lib/toast.ts";
import { Icon } from "./icon.tsx";
import { messageOf } from "./message.ts";

/** Where a search leads. */
export interface SearchTarget {
  /** Whether a text may be the whole of an id: it is looked for without waiting for Enter. */
  readonly isWhole: (text: string) => boolean;
  /** Returns the address of the one thing that a text means, null if it means none or several. @throws ApiError */
  readonly find: (text: string, signal: AbortSignal) => Promise<string | null>;
  /** Returns the address of the page that shows what was found. */
  readonly results: (text: string) => string;
  readonly placeholder: string;
}

const TYPING_MS = 250;
const WRITES = "input, textarea, select, [contenteditable], dialog *";

/** The search field. */
export function SearchBox({ isWhole, find, results, placeholder }: SearchTarget) {
  const input = useRef<HTMLInputElement>(null);
  const running = useRef<AbortController | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as Element | null;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || target?.closest(WRITES)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
      clearTimeout(timer.current);
      running.current?.abort();
    };
  }, []);

  const look = async (text: string, otherwise: string | null) => {
    clearTimeout(timer.current);
    running.current?.abort();
    const own = new AbortController();
    running.current = own;
    try {
      const address = (await find(text, own.signal)) ?? otherwise;
      if (own.signal.aborted || address === null) return;
      if (address !== otherwise && input.current) input.current.value = "";
      location.hash = address;
    } catch (error) {
      if (!own.signal.aborted && otherwise !== null) toast(messageOf(error), "bad");
      else if (!(error instanceof ApiError) && !own.signal.aborted) throw error;
    }
  };
  const onInput = () => {
    clearTimeout(timer.current);
    const text = input.current?.value.trim() ?? "";
    if (isWhole(text)) timer.current = setTimeout(() => void look(text, null), TYPING_MS);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const text = input.current?.value.trim() ?? "";
    if (text !== "") void look(text, results(text));
  };
  return (
    <search class="search">
      <form onSubmit={submit}>
        <Icon name="search" />
        <input
          ref={input}
          class="input"
          type="search"
          aria-label={t("common.search")}
          aria-keyshortcuts="/"
          placeholder={placeholder}
          autocomplete="off"
          spellcheck={false}
          maxLength={2_000}
          onInput={onInput}
        />
        <span class="key" aria-hidden="true">
          /
        </span>
      </form>
    </search>
  );
}
