/** The pages of the portal, and the entries of its navigation. A new page is one line in each. */
import { t } from "../i18n/t.ts";
import type { Route } from "../lib/router.ts";
import type { Section } from "../ui/frame.tsx";
import { lazyPage, usualPages } from "../ui/lazy.tsx";
import type { PortalContext } from "./context.ts";
import { HomePage } from "./home.tsx";
import { TasksPage } from "./tasks.tsx";
import { WebhookBanner } from "./webhook-banner.tsx";

const endUsers = usualPages(() => import("./end-users.tsx"));
const keys = usualPages(() => import("./keys.tsx"));
const money = usualPages(() => import("./money.tsx"));
const people = usualPages(() => import("./people.tsx"));
const task = usualPages(() => import("./task.tsx"));
const webhook = usualPages(() => import("./webhook.tsx"));

/** Returns the routes; the first that fits is shown. */
export function portalRoutes(context: PortalContext): readonly Route[] {
  const { api } = context;
  return [
    {
      path: "/",
      section: "home",
      show: () => (
        <>
          <WebhookBanner api={api} />
          <HomePage {...context} />
        </>
      ),
    },
    { path: "/tasks", section: "tasks", show: () => <TasksPage {...context} /> },
    {
      path: "/tasks/:taskId",
      section: "tasks",
      show: ({ taskId = "" }) => task(({ TaskPage }) => <TaskPage context={context} taskId={taskId} />),
    },
    {
      path: "/playground",
      section: "playground",
      show: () =>
        lazyPage(
          () => import("./playground/playground.tsx"),
          (module) => <module.PlaygroundPage context={context} />,
        ),
    },
    { path: "/usage", section: "usage", show: () => money(({ UsagePage }) => <UsagePage api={api} />) },
    { path: "/credits", section: "credits", show: () => money(({ CreditsPage }) => <CreditsPage api={api} />) },
    {
      path: "/statement",
      section: "credits",
      show: () => money(({ StatementPage }) => <StatementPage {...context} />),
    },
    { path: "/prices", section: "prices", show: () => money(({ PriceListPage }) => <PriceListPage api={api} />) },
    { path: "/keys", section: "keys", show: () => keys(({ KeysPage }) => <KeysPage {...context} />) },
    { path: "/webhook", section: "webhook", show: () => webhook(({ WebhookPage }) => <WebhookPage {...context} />) },
    {
      path: "/end-users",
      section: "endUsers",
      show: () => endUsers(({ EndUsersPage }) => <EndUsersPage {...context} />),
    },
    { path: "/people", section: "people", show: () => people(({ PeoplePage }) => <PeoplePage {...context} />) },
  ];
}

/** Returns the entries of the navigation. */
export function portalSections(): readonly Section[] {
  return [
    { section: "home", href: "#/", text: t("frame.home") },
    { section: "tasks", href: "#/tasks", text: t("frame.tasks") },
    { section: "playground", href: "#/playground", text: t("frame.playground") },
    { section: "usage", href: "#/usage", text: t("frame.usage") },
    { section: "credits", href: "#/credits", text: t("frame.credits") },
    { section: "prices", href: "#/prices", text: t("frame.prices") },
    { section: "keys", href: "#/keys", text: t("frame.keys") },
    { section: "webhook", href: "#/webhook", text: t("frame.webhook") },
    { section: "endUsers", href: "#/end-users", text: t("frame.endUsers") },
    { section: "people", href: "#/people", text: t("frame.people") },
  ];
}
