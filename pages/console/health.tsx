/** What is in trouble now; figures lead to what they count. */
import type { ComponentChildren } from "preact";
import { lookUp, t } from "../i18n/t.ts";
import { formatNumber, sentence } from "../lib/format.ts";
import type { Overview, TenantCounts } from "../lib/types.ts";
import { Badge, When } from "../ui/parts.tsx";

/** Master keys, waiting work, endpoints and logged problems. */
export function Health(props: { readonly overview: Overview; readonly counts: TenantCounts | undefined }) {
  const { masterKeys, copiesWaiting, deliveriesWaiting, webhooksDisabled, problems, secondsToFinish } = props.overview;
  const failing = props.counts?.webhookFailing ?? 0;
  return (
    <ul class="lines">
      {masterKeys.map(({ id, ok, code, retryAt }, index) => (
        <Line
          key={id}
          name={
            <>
              {t("overview.masterKey", { number: index + 1 })} <code class="faint">{id}</code>
            </>
          }
        >
          {ok ? (
            <Badge tone="good">{t("overview.usable")}</Badge>
          ) : (
            <>
              <Badge tone="bad">{troubleOf(code)}</Badge>{" "}
              {retryAt && (
                <small class="faint">
                  {t("overview.again")} <When at={retryAt} />
                </small>
              )}
            </>
          )}
        </Line>
      ))}
      {secondsToFinish.p50 !== null && (
        <Line name={t("overview.timeToFinish")}>
          {t("overview.percentiles", {
            p50: Math.round(secondsToFinish.p50),
            p95: Math.round(secondsToFinish.p95 ?? secondsToFinish.p50),
          })}
        </Line>
      )}
      <Line name={t("overview.copies")}>
        <Counted count={copiesWaiting} href="#/tenants?waiting=copies" tone="info" />
      </Line>
      <Line name={t("overview.deliveries")}>
        <Counted count={deliveriesWaiting} href="#/tenants?waiting=deliveries" tone="info" />
      </Line>
      <Line name={t("overview.failingEndpoints")}>
        <Counted count={failing} href="#/tenants?webhook=failing" />
      </Line>
      <Line name={t("overview.endpointsOff")}>
        <Counted count={webhooksDisabled} href="#/tenants?webhook=off" />
      </Line>
      {problems.map(({ kind, lastAt }) => (
        <Line key={kind} name={lookUp("overview", `problem-${kind}`) ?? sentence(kind)}>
          <Badge tone="warn">{t("overview.logged")}</Badge> <When at={lastAt} />
        </Line>
      ))}
    </ul>
  );
}

function Line({ name, children }: { readonly name: ComponentChildren; readonly children: ComponentChildren }) {
  return (
    <li>
      <span>{name}</span>
      <span>{children}</span>
    </li>
  );
}

function Counted(props: { readonly count: number; readonly href: string; readonly tone?: "info" | "warn" }) {
  const { count, href, tone = "warn" } = props;
  if (count === 0) return <>0</>;
  return (
    <a href={href}>
      <Badge tone={tone}>{formatNumber(count)}</Badge>
    </a>
  );
}

function troubleOf(code: number | null): string {
  if (code === 60001) return t("overview.outOfCredits");
  return code === 20001 || code === 20002 || code === 20008
    ? t("overview.refused")
    : t("overview.code", { code: String(code) });
}
