/** A tenant's portal: the frame around its pages, for a person whom a link has signed in. */
import { render } from "preact";
import { useState } from "preact/hooks";
import { first } from "../i18n/en/portal-first.ts";
import { startTexts, t } from "../i18n/t.ts";
import { Api } from "../lib/api.ts";
import { brand } from "../lib/brand.ts";
import { shareSignOut } from "../lib/sign-out.ts";
import { applyTheme } from "../lib/theme.ts";
import type { PortalAccount } from "../lib/types.ts";
import { CardFrame, PortalFrame } from "../ui/frame.tsx";
import { preloadPages } from "../ui/lazy.tsx";
import { Loaded, Notice } from "../ui/parts.tsx";
import { SearchBox } from "../ui/search.tsx";
import { forgetData, useLoad } from "../ui/use-data.ts";
import type { PortalContext } from "./context.ts";
import { portalRoutes, portalSections } from "./routes.tsx";
import { portalSearch } from "./search.ts";
import { SignIn } from "./sign-in.tsx";

/** The tenant that the page shows, by its address: calls name it, so a tab never acts on another tenant. */
const tenantId = /^\/portal\/t\/([^/]+)/.exec(location.pathname)?.[1];

function Portal() {
  const [signedOut, setSignedOut] = useState<string | null>(null);
  const showSignedOut = (text: string) => {
    forgetData();
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
    setSignedOut(text);
  };
  const [api] = useState(
    () =>
      new Api({
        base: `/portal/t/${tenantId}/api`,
        headers: () => ({}),
        onSignedOut: () => showSignedOut(t("signin.noSession")),
      }),
  );
  const [announce] = useState(() => shareSignOut(`portal ${tenantId}`, () => showSignedOut(t("signin.youSignedOut"))));
  const account = useLoad("portal-account", (signal) => api.get<PortalAccount>("/account", {}, signal));
  if (signedOut !== null) return <SignIn reason={signedOut} />;
  if (account.data)
    return <SignedInPortal api={api} account={account.data} announce={announce} showSignedOut={showSignedOut} />;
  return (
    <main class="centered" id="content">
      <Loaded of={account}>{() => null}</Loaded>
    </main>
  );
}

function SignedInPortal(props: {
  readonly api: Api;
  readonly account: PortalAccount;
  /** Signs the portal's other tabs out. */
  readonly announce: () => void;
  readonly showSignedOut: (text: string) => void;
}) {
  const { api, account } = props;
  const isSuspended = account.status === "suspended";
  const context: PortalContext = { api, account, readOnly: isSuspended || account.role === "viewer" };
  const signOut = async () => {
    await api.send("POST", "/sign-out");
    props.announce();
    props.showSignedOut(t("signin.youSignedOut"));
  };
  return (
    <PortalFrame
      name={account.name}
      returnUrl={account.returnUrl}
      routes={portalRoutes(context)}
      sections={portalSections()}
      site={[account.name, t("frame.portalTitle", { name: brand().name })]}
      search={<SearchBox {...portalSearch(api)} />}
      signOut={signOut}
      notice={isSuspended && <Notice tone="warn">{t("frame.suspended")}</Notice>}
    />
  );
}

interface OpenPortal {
  readonly tenantId: string;
  readonly name: string;
}

/** At `/portal`: goes to the portal that is open in this browser, or offers those that are. */
function ChoosePortal() {
  const [browser] = useState(() => new Api({ base: "/portal", headers: () => ({}), onSignedOut: () => {} }));
  const open = useLoad("portals", (signal) => browser.get<{ portals: OpenPortal[] }>("/sessions", {}, signal));
  const portals = open.data?.portals;
  const [first, ...others] = portals ?? [];
  if (portals && !first) return <SignIn />;
  if (first && others.length === 0) location.replace(`/portal/t/${first.tenantId}`);
  if (!portals || others.length === 0) {
    return (
      <main class="centered" id="content">
        <Loaded of={{ ...open, data: undefined }}>{() => null}</Loaded>
      </main>
    );
  }
  return (
    <CardFrame part={t("frame.portal")} title={t("signin.choose")}>
      <ul class="lines">
        {portals.map((portal) => (
          <li key={portal.tenantId}>
            <a href={`/portal/t/${portal.tenantId}`}>{portal.name}</a>
            <small class="faint mono">{portal.tenantId}</small>
          </li>
        ))}
      </ul>
    </CardFrame>
  );
}

applyTheme();
await startTexts(first, () => import("../i18n/zh/portal-first.ts"));
const app = document.getElementById("app") ?? document.body;
app.replaceChildren();
render(tenantId ? <Portal /> : <ChoosePortal />, app);
preloadPages();
