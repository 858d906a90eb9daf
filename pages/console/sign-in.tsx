/** Signing in to the console: the operator's token is exchanged for a cookie, which all tabs share and no script can read. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { Api, ApiError } from "../lib/api.ts";
import { brand } from "../lib/brand.ts";
import { CardFrame } from "../ui/frame.tsx";
import { messageOf } from "../ui/message.ts";
import { Notice } from "../ui/parts.tsx";

/** The operator who is signed in. */
export interface SignedIn {
  readonly id: string;
  readonly name: string;
  readonly isRoot: boolean;
  readonly scopes: readonly string[];
}

const sessions = new Api({ base: "/console/session", headers: () => ({}), onSignedOut: () => {} });

/** @returns the operator who is signed in, or null. @throws ApiError if the gateway cannot tell */
export async function signedIn(): Promise<SignedIn | null> {
  try {
    return await sessions.get<SignedIn>("");
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Ends the session in all tabs. */
export async function endSession(): Promise<void> {
  await sessions.send("DELETE", "");
}

/** The form. Password managers recognise it by its two fields. */
export function SignIn(props: { readonly reason?: string | undefined; readonly done: (operator: SignedIn) => void }) {
  const token = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  useLayoutEffect(() => {
    document.title = `${t("signin.title")} · ${t("frame.consoleTitle", { name: brand().name })}`;
    token.current?.focus();
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    try {
      props.done(await sessions.send<SignedIn>("POST", "", { token: token.current?.value.trim() }));
    } catch (error) {
      const isWrong = error instanceof ApiError && error.status === 401;
      setProblem(isWrong ? t("signin.wrong") : messageOf(error));
      setBusy(false);
      token.current?.select();
    }
  };
  return (
    <CardFrame part={t("frame.console")} title={t("signin.title")}>
      <form class="form" onSubmit={submit}>
        <div class="field">
          <label class="field-label" for="account">
            {t("signin.account")}
          </label>
          <input
            class="input"
            type="text"
            id="account"
            name="username"
            autocomplete="username"
            spellcheck={false}
            defaultValue="operator"
            aria-describedby="account-hint"
          />
          <p class="field-hint" id="account-hint">
            {t("signin.accountHint")}
          </p>
        </div>
        <div class="field">
          <label class="field-label" for="token">
            {t("signin.token")}
          </label>
          <input
            ref={token}
            class="input"
            type="password"
            id="token"
            name="password"
            autocomplete="current-password"
            required
            aria-describedby="token-hint"
          />
          <p class="field-hint" id="token-hint">
            {t("signin.tokenHint")}
          </p>
        </div>
        {problem !== null ? (
          <Notice tone="bad">{problem}</Notice>
        ) : (
          props.reason && <Notice tone="warn">{props.reason}</Notice>
        )}
        <button type="submit" class="button primary wide" aria-disabled={isBusy}>
          {t("signin.title")}
        </button>
      </form>
    </CardFrame>
  );
}
