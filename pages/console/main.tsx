/** The operator's console: signing in, and the frame around its pages. */
import { render } from "preact";
import { useState } from "preact/hooks";
import { first } from "../i18n/en/console-first.ts";
import { startTexts, t } from "../i18n/t.ts";
import { Api } from "../lib/api.ts";
import { brand } from "../lib/brand.ts";
import { shareSignOut } from "../lib/sign-out.ts";
import { applyTheme } from "../lib/theme.ts";
import { ConsoleFrame } from "../ui/frame.tsx";
import { preloadPages } from "../ui/lazy.tsx";
import { messageOf } from "../ui/message.ts";
import { SearchBox } from "../ui/search.tsx";
import { forgetData } from "../ui/use-data.ts";
import { consoleRoutes, consoleSections } from "./routes.tsx";
import { consoleSearch } from "./search.ts";
import { endSession, type SignedIn, SignIn, signedIn } from "./sign-in.tsx";

interface State {
  readonly operator: SignedIn | null;
  readonly reason?: string | undefined;
}

function Console({ initial }: { readonly initial: State }) {
  const [{ operator, reason }, setState] = useState(initial);
  const showSignedOut = (why?: string) => {
    forgetData();
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
    setState({ operator: null, reason: why });
  };
  const [api] = useState(
    () => new Api({ base: "/admin/v1", headers: () => ({}), onSignedOut: () => showSignedOut(t("signin.ended")) }),
  );
  const [announce] = useState(() => shareSignOut("console", () => showSignedOut(t("signin.ended"))));
  if (operator === null) return <SignIn reason={reason} done={(now) => setState({ operator: now })} />;
  const signOut = async () => {
    await endSession();
    announce();
    showSignedOut();
  };
  return (
    <ConsoleFrame
      routes={consoleRoutes(api, operator)}
      sections={consoleSections(operator)}
      site={[t("frame.consoleTitle", { name: brand().name })]}
      search={operator.isRoot || operator.scopes.includes("read") ? <SearchBox {...consoleSearch(api)} /> : null}
      signOut={signOut}
    />
  );
}

async function initialState(): Promise<State> {
  try {
    return { operator: await signedIn() };
  } catch (error) {
    return { operator: null, reason: messageOf(error) };
  }
}

applyTheme();
await startTexts(first, () => import("../i18n/zh/console-first.ts"));
const app = document.getElementById("app") ?? document.body;
const initial = await initialState();
app.replaceChildren();
render(<Console initial={initial} />, app);
preloadPages();
