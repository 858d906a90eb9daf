/** Signing in to the portal with a secret key. The key is sent once and kept nowhere; the session is a cookie. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { Api } from "../lib/api.ts";
import { brand } from "../lib/brand.ts";
import { CardFrame } from "../ui/frame.tsx";
import { messageOf } from "../ui/message.ts";
import { Notice } from "../ui/parts.tsx";

const sessions = new Api({ base: "/portal/session", headers: () => ({}), onSignedOut: () => {} });

/** @param reason why nobody is signed in, if somebody was */
export function SignIn({ reason }: { readonly reason?: string | undefined }) {
  const key = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const title = reason === undefined ? t("signin.portalTitle") : t("signin.signedOut");
  useLayoutEffect(() => {
    document.title = `${title} · ${t("frame.portalTitle", { name: brand().name })}`;
  }, [title]);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    try {
      const { tenantId } = await sessions.send<{ tenantId: string }>("POST", "", { key: key.current?.value ?? "" });
      const address = `/portal/t/${tenantId}`;
      if (location.pathname === address) location.reload();
      else location.assign(address);
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
      key.current?.select();
    }
  };
  return (
    <CardFrame part={t("frame.portal")} title={title}>
      <p>{reason === undefined ? t("signin.portalText") : `${reason} ${t("signin.newLink")}`}</p>
      <form class="form" onSubmit={submit}>
        <div class="field">
          <label class="field-label" for="key">
            {t("signin.key")}
          </label>
          <input
            ref={key}
            class="input"
            type="password"
            id="key"
            name="key"
            autocomplete="off"
            spellcheck={false}
            required
            aria-describedby="key-hint"
          />
          <p class="field-hint" id="key-hint">
            {t("signin.keyHint")}
          </p>
        </div>
        {problem !== null && <Notice tone="bad">{problem}</Notice>}
        <button type="submit" class="button primary wide" aria-disabled={isBusy}>
          {t("signin.byKey")}
        </button>
      </form>
    </CardFrame>
  );
}
