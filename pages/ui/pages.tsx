/** The place of a site where its pages are shown, by the URL. */
import { type ComponentChildren, Fragment, render } from "preact";
import { useErrorBoundary, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { enableSkipLink, followTitle, type Route, startRouter } from "../lib/router.ts";
import { Failed } from "./parts.tsx";

/** What is shown, and what the window's title ends with. */
export interface PagesProps {
  readonly routes: readonly Route[];
  readonly site: readonly string[];
  /** Called with the entry of the navigation to which the page belongs. */
  readonly onSection: (section: string) => void;
}

/** The main element, with the page of the URL. Each address is a page of its own: nothing of the last stays. */
export function Pages({ routes, site, onSection }: PagesProps) {
  const main = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const content = main.current;
    if (!content) return;
    enableSkipLink(t("frame.skip"));
    const unfollow = followTitle(content, ...site);
    let shown = 0;
    // At once and not with the next state: the router then scrolls to where the page was left.
    const stop = startRouter(routes, (page, section) => {
      shown += 1;
      onSection(section);
      render(
        <Fragment key={shown}>
          <Page>{page}</Page>
        </Fragment>,
        content,
      );
    });
    return () => {
      stop();
      unfollow();
      render(null, content);
    };
  }, []);
  return <main class="content" id="content" tabIndex={-1} ref={main} />;
}

function Page({ children }: { readonly children: ComponentChildren }) {
  const [error, again] = useErrorBoundary();
  return error === undefined ? children : <Failed error={error} again={again} />;
}
