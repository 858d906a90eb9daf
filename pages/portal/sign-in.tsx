/**
 * Signing in to the portal with a secret key, or asking for a link by e-mail. The key is sent once and kept nowhere; the session
 * is a cookie.
 */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { Api } from "../lib/api.ts";
import { brand } from "../lib/brand.ts";
import { sendsMail } from "../lib/sends-mail.ts";
import { CardFrame } from "../ui/frame.tsx";
import { messageOf } from "../ui/message.ts";
import { Notice } from "../ui/parts.tsx";

const portal = new Api({ base: "/portal", headers: () => ({}), onSignedOut: () => {} });

/** @param reason why nobody is signed in, if somebody was */
export function SignIn({ reason }: { readonly reason?: string | undefined }) {
  const title = reason === undefined ? t("signin.portalTitle") : t("signin.signedOut");
  useLayoutEffect(() => {
    document.title = `${title} · ${t("frame.portalTitle", { name: brand().name })}`;
  }, [title]);
  return (
    <CardFrame part={t("frame.portal")} title={title}>
      <p>{reason === undefined ? t("signin.portalText") : `${reason} ${t("signin.newLink")}`}</p>
      <SmallForm
        name="key"
        type="password"
        label={t("signin.key")}
        hint={t("signin.keyHint")}
        submit={t("signin.byKey")}
        isFirst
        work={signInByKey}
      />
      {sendsMail() && (
        <SmallForm
          name="email"
          type="email"
          label={t("signin.email")}
          hint={t("signin.emailHint")}
          submit={t("signin.byEmail")}
          work={askForLink}
        />
      )}
    </CardFrame>
  );
}

/** Opens the portal. @returns null: another page follows */
async function signInByKey(key: string): Promise<null> {
  const { tenantId } = await portal.send<{ tenantId: string }>("POST", "/session", { key });
  const address = `/portal/t/${tenantId}`;
  if (location.pathname === address) location.reload();
  else location.assign(address);
  return null;
}

/** @returns what happens next; the same whether the address is known or not */
async function askForLink(email: string): Promise<string> {
  await portal.send("POST", "/links", { email });
  return t("signin.emailSent");
}

/** A form with one field. */
function SmallForm(props: {
  readonly name: string;
  readonly type: "password" | "email";
  readonly label: string;
  readonly hint: string;
  readonly submit: string;
  /** The usual way. */
  readonly isFirst?: boolean;
  /** @returns a text to be shown; null if the page is left */
  readonly work: (value: string) => Promise<string | null>;
}) {
  const { name, type, label, hint, submit, isFirst = false, work } = props;
  const field = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    setDone(null);
    try {
      const text = await work(field.current?.value ?? "");
      if (text === null) return;
      setDone(text);
    } catch (error) {
      setProblem(messageOf(error));
      field.current?.select();
    }
    setBusy(false);
  };
  return (
    <form class="form" onSubmit={send}>
      <div class="field">
        <label class="field-label" for={name}>
          {label}
        </label>
        <input
          ref={field}
          class="input"
          type={type}
          id={name}
          name={name}
          autocomplete={type === "email" ? "email" : "off"}
          spellcheck={false}
          required
          aria-describedby={`${name}-hint`}
        />
        <p class="field-hint" id={`${name}-hint`}>
          {hint}
        </p>
      </div>
      {problem !== null && <Notice tone="bad">{problem}</Notice>}
      {done !== null && <Notice tone="info">{done}</Notice>}
      <button type="submit" class={`button wide${isFirst ? " primary" : ""}`} aria-disabled={isBusy}>
        {submit}
      </button>
    </form>
  );
}
