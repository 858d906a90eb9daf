/** The alert rules, the dashboard and the runbooks against a real scrape: every metric and label they use exists. */
import { beforeAll, describe, expect, it } from "vitest";
import runbooks from "../../docs/runbooks.md?raw";
import rules from "../../ops/alerts.yaml?raw";
import dashboard from "../../ops/dashboard.json?raw";
import { type ExposedMetric, readExposition } from "../support/exposition.ts";
import { call, createTenant, IMAGE, OPERATOR, untilEnded } from "../support/gateway.ts";
import { submitImage } from "../support/operator.ts";
import { until } from "../support/until.ts";
import { openInbox } from "../support/webhook-inbox.ts";

const alerts = [...rules.matchAll(/- alert: (\w+)\n\s+expr: (.+)\n/g)].map(([, name = "", expr = ""]) => ({
  name,
  expr,
}));
const panels = (
  JSON.parse(dashboard) as { panels: { title: string; targets: { expr: string; legendFormat: string }[] }[] }
).panels;
const queries = panels.flatMap(({ title, targets }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
);

/** Words of the query language that look like metrics or labels. */
const KEYWORDS = new Set(["sum", "max", "by", "rate", "deriv", "histogram_quantile"]);

/** @returns the selectors of a query: metric, labels in matchers, and labels in `by` clauses */
function usedBy(expr: string): {
  metrics: string[];
  matchers: { metric: string; label: string; op: string; value: string }[];
  by: string[];
} {
  const by = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = ""]) =>
    labels.split(",").map((one) => one.trim()),
  );
  const plain = expr.replaceAll(/\bby \([^)]*\)/g, "");
  const selectors = [...plain.matchAll(/([a-z_]+)(?:\{([^}]*)\})?(?=[\s)[]|$)/g)].filter(
    ([, name = ""]) => !KEYWORDS.has(name),
  );
  const matchers = selectors.flatMap(([, metric = "", text = ""]) =>
    [...text.matchAll(/(\w+)(=~|=)"([^"]*)"/g)].map(([, label = "", op = "", value = ""]) => ({
      metric,
      label,
      op,
      value,
    })),
  );
  return { metrics: selectors.map(([, name = ""]) => name), matchers, by };
}

let exposed: Map<string, ExposedMetric>;
const find = (name: string) => exposed.get(name) ?? exposed.get(name.replace(/_bucket$/, ""));

beforeAll(async () => {
  const inbox = await openInbox({ status: 410 });
  const tenant = await createTenant();
  await call("PUT", "/api/v1/webhook", { headers: tenant.auth, body: { url: inbox.url } });
  await untilEnded(tenant, (await submitImage(tenant.auth)).data.taskId);
  await call("POST", "/api/v1/task/generate", { headers: tenant.auth, body: { ...IMAGE, model: "none" } });
  // Counted once its webhook has been attempted and the 410 was logged.
  exposed = await until(
    "every metric",
    async () => {
      const metrics = readExposition((await call("GET", "/metrics", { headers: OPERATOR })).text);
      const missing = ["paddock_problems_total", "paddock_webhook_attempts_total", "paddock_copies_total"];
      return missing.every((name) => metrics.has(name)) ? metrics : null;
    },
    60_000,
  );
}, 90_000);

describe("the queries of alerts and dashboard", () => {
  const all = [...alerts, ...queries.map(({ title, expr }) => ({ name: title, expr }))];

  it("are found by this test", () => {
    expect(alerts.length).toBe(rules.match(/- alert:/g)?.length);
    expect(alerts.length).toBeGreaterThan(9);
    expect(queries.length).toBeGreaterThan(20);
  });

  it.each(
    all.map(({ name, expr }) => [name, expr] as const),
  )("use metrics and labels that exist: %s", (_name, expr) => {
    const { metrics, matchers, by } = usedBy(expr);
    expect(metrics.length).toBeGreaterThan(0);
    for (const name of metrics) if (name !== "up") expect(find(name), name).toBeDefined();
    const labelsOf = (name: string) => new Set(find(name)?.samples.flatMap(({ labels }) => Object.keys(labels)));
    for (const { metric, label, op, value } of matchers) {
      if (metric === "up") continue;
      expect(labelsOf(metric)).toContain(label);
      if (metric !== "paddock_incidents_open") continue;
      expect(op).toBe("=");
      expect(find(metric)?.samples.map(({ labels }) => labels[label])).toContain(value);
    }
    for (const label of by)
      expect(
        metrics.some((name) => labelsOf(name).has(label)),
        label,
      ).toBe(true);
  });

  it("have legends of labels that the query keeps", () => {
    for (const { expr, legendFormat } of queries) {
      const { metrics, by } = usedBy(expr);
      const kept = new Set(
        by.length > 0 ? by : find(metrics[0] ?? "")?.samples.flatMap(({ labels }) => Object.keys(labels)),
      );
      for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(kept, expr).toContain(label);
    }
  });
});

describe("each alert", () => {
  it.each(alerts.map(({ name }) => name))("has a runbook: %s", (name) => {
    expect(runbooks).toContain(`\n## ${name}\n`);
    expect(rules).toContain(`runbook_url: docs/runbooks.md#${name.toLowerCase()}\n`);
  });

  it("is the only reason for a runbook's section", () => {
    const sections = [...runbooks.matchAll(/^## (Paddock\w+)$/gm)].map(([, name = ""]) => name);
    expect(sections.toSorted()).toEqual(alerts.map(({ name }) => name).toSorted());
  });
});
