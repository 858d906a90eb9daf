/** The frames around pages: a side for the operator, a bar for a tenant's people, a card where nobody is signed in. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Language } from "../../src/domain/language.ts";
import { chooseLanguage, language } from "../i18n/language.ts";
import { t } from "../i18n/t.ts";
import type { IconName } from "../lib/icons.ts";
import type { Route } from "../lib/router.ts";
import { toggleTheme } from "../lib/theme.ts";
import { Brand, BrandLinks } from "./brand.tsx";
import { Button, Segments } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { Pages } from "./pages.tsx";
import { Notice } from "./parts.tsx";

/** An entry of the navigation. */
export interface Section {
  /** As routes name it. */
  readonly section: string;
  readonly href: string;
  readonly text: string;
  readonly icon?: IconName;
}

/** What a frame holds. */
export interface FrameProps {
  readonly routes: readonly Route[];
  readonly sections: readonly Section[];
  /** What the window's title ends with. */
  readonly site: readonly string[];
  readonly search?: ComponentChildren;
  readonly signOut: () => unknown;
}

function Navigation({
  label,
  sections,
  current,
  className,
}: {
  readonly label: string;
  readonly sections: readonly Section[];
  readonly current: string;
  readonly className: string;
}) {
  return (
    <nav class={className} aria-label={label}>
      {sections.map(({ section, href, text, icon }) => (
        <a key={section} href={href} aria-current={section === current ? "page" : undefined}>
          {icon && <Icon name={icon} />}
          {text}
        </a>
      ))}
    </nav>
  );
}

const LANGUAGES = [
  ["en", "English"],
  ["zh", "中文"],
] as const satisfies readonly (readonly [Language, string])[];

/** Switches the language; each is called by its own name. */
export function LanguageSwitch() {
  return <Segments label={t("frame.language")} choices={LANGUAGES} value={language()} choose={chooseLanguage} />;
}

function ThemeButton() {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={t("frame.theme")}
      title={t("frame.theme")}
      onClick={toggleTheme}
    >
      <Icon name="theme" />
    </button>
  );
}

function SignOutButton({ work }: { readonly work: () => unknown }) {
  return (
    <Button work={work} kind="quiet" icon="signout">
      {t("frame.signOut")}
    </Button>
  );
}

/** The operator's frame. */
export function ConsoleFrame({ routes, sections, site, search, signOut }: FrameProps) {
  const [current, setCurrent] = useState("");
  return (
    <div class="frame">
      <header class="side">
        <Brand part={t("frame.console")} href="#/" />
        {search}
        <Navigation label={t("frame.navConsole")} sections={sections} current={current} className="nav" />
        <div class="side-foot">
          <a href="/docs/operator" class="side-link">
            {t("frame.apiReference")}
            <Icon name="external" />
          </a>
          <LanguageSwitch />
          <div class="side-buttons">
            <SignOutButton work={signOut} />
            <ThemeButton />
          </div>
        </div>
      </header>
      <Pages routes={routes} site={site} onSection={setCurrent} />
    </div>
  );
}

/** The frame of a tenant's portal. */
export function PortalFrame(
  props: FrameProps & { readonly name: string; readonly returnUrl: string | null; readonly notice?: ComponentChildren },
) {
  const [current, setCurrent] = useState("");
  return (
    <div class="portal">
      <header class="bar">
        <div class="bar-top">
          <Brand part={t("frame.portal")} href="#/" />
          <span class="bar-name">{props.name}</span>
          {props.search}
          <span class="bar-buttons">
            {props.returnUrl !== null && (
              <a class="side-link" href={props.returnUrl}>
                {t("common.back")}
              </a>
            )}
            <ThemeButton />
            <SignOutButton work={props.signOut} />
          </span>
        </div>
        <Navigation label={t("frame.navPortal")} sections={props.sections} current={current} className="tabs" />
      </header>
      {props.notice && <aside class="bar-notice">{props.notice}</aside>}
      <Pages routes={props.routes} site={props.site} onSection={setCurrent} />
      <footer class="foot">
        <a class="side-link" href="/docs">
          {t("frame.apiReference")}
          <Icon name="external" />
        </a>
        <BrandLinks />
        <LanguageSwitch />
      </footer>
    </div>
  );
}

/** A card in the middle of the page. */
export function CardFrame(props: {
  readonly part: string;
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <main class="centered" id="content" tabIndex={-1}>
      <div class="centered-card">
        <Brand part={props.part} />
        <h1>{props.title}</h1>
        {!isSecureContext && <Notice tone="warn">{t("frame.insecure")}</Notice>}
        {props.children}
        <div class="centered-foot">
          <BrandLinks />
          <LanguageSwitch />
        </div>
      </div>
    </main>
  );
}
