/** Signing in to the console: the operator's token is exchanged for a cookie, which all tabs share and no script can read. */
import { Api, ApiError } from "../lib/api.ts";
import { fill, h } from "../lib/dom.ts";
import { brand } from "../lib/mark.ts";
import { messageOf, notice } from "../lib/ui.ts";

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

/** Shows the form in `app`. Password managers recognise it by its two fields. */
export function showSignIn(app: HTMLElement, reason: string | undefined, done: (operator: SignedIn) => void): void {
  document.title = "Sign in · Paddock console";
  const account = h("input", {
    class: "input",
    type: "text",
    id: "account",
    name: "username",
    autocomplete: "username",
    spellcheck: "false",
    value: "operator",
  });
  const token = h("input", {
    class: "input",
    type: "password",
    id: "token",
    name: "password",
    autocomplete: "current-password",
    required: true,
  });
  const problem = h("div", {}, reason && notice("warn", reason));
  const submit = h("button", { type: "submit", class: "button primary wide" }, "Sign in");
  const form = h(
    "form",
    { class: "form" },
    h(
      "div",
      { class: "field" },
      h("label", { class: "field-label", for: "account" }, "Account"),
      account,
      h("p", { class: "field-hint" }, "Any name, for your password manager only."),
    ),
    h(
      "div",
      { class: "field" },
      h("label", { class: "field-label", for: "token" }, "Operator's token"),
      token,
      h("p", { class: "field-hint" }, "A token of an operator, or the deployment's ADMIN_TOKEN."),
    ),
    problem,
    submit,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      done(await sessions.send<SignedIn>("POST", "", { token: token.value.trim() }));
    } catch (error) {
      const wrong = error instanceof ApiError && error.status === 401;
      fill(problem, notice("bad", wrong ? "That is not this gateway's operator token." : messageOf(error)));
      token.select();
    } finally {
      submit.disabled = false;
    }
  });
  fill(
    app,
    h(
      "main",
      { class: "centered", id: "content" },
      h("div", { class: "centered-card" }, brand("console"), h("h1", {}, "Sign in"), form),
    ),
  );
  token.focus();
}
