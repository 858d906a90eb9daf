/** Who did what when. */
import type { Api } from "../lib/api.ts";
import { type Child, h } from "../lib/dom.ts";
import { formatAction } from "../lib/format.ts";
import type { AuditEntry, AuditLog } from "../lib/types.ts";
import { badge, card, cardTitle, empty, moment, pagedList, pageHead } from "../lib/ui.ts";

/** Shows the audit log. */
export function auditPage(api: Api): Node {
  return h("div", {}, pageHead("Audit log"), auditList(api, null));
}

/** @param tenantId null: of all tenants */
export function auditList(api: Api, tenantId: string | null): Node {
  const fetchPage = async (cursor: string | null) => {
    const { entries, nextCursor } = await api.get<AuditLog>("/audit", { tenantId, cursor, limit: 50 });
    return { items: entries, nextCursor };
  };
  return card(
    tenantId && cardTitle("Activity"),
    pagedList(fetchPage, (entries) =>
      entries.length === 0
        ? empty(
            "Nothing has been done yet",
            "What the operator does, and what people do in their portal, appears here.",
          )
        : h(
            "ul",
            { class: "log" },
            entries.map((entry) => logEntry(entry, tenantId === null)),
          ),
    ),
  );
}

function logEntry(
  { at, actor, action, tenantId, target, before, after, requestId }: AuditEntry,
  withTenant: boolean,
): Node {
  const detail = changes(before, after);
  return h(
    "li",
    {},
    h(
      "div",
      { class: "log-line" },
      h("b", {}, formatAction(action)),
      actor.id === "portal" ? badge(actor.name, "info") : badge(actor.name),
      withTenant && tenantId && h("a", { class: "mono", href: `#/tenants/${tenantId}` }, tenantId),
      target && h("code", { class: "faint" }, target),
      moment(at),
    ),
    detail &&
      h(
        "details",
        {},
        h("summary", {}, "What changed"),
        detail,
        h("p", { class: "faint" }, "Request ", h("code", {}, requestId)),
      ),
  );
}

/** Members that differ, before and after. */
function changes(before: unknown, after: unknown): Child {
  const [old, now] = [objectOf(before), objectOf(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]),
  );
  if (names.length === 0) return null;
  return h(
    "table",
    { class: "table diff" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["", "Before", "After"].map((title) => h("th", { scope: "col" }, title)),
      ),
    ),
    h(
      "tbody",
      {},
      names.map((name) =>
        h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, shown(old[name])), h("td", {}, shown(now[name]))),
      ),
    ),
  );
}

function objectOf(value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) return Object.fromEntries(value.map((one, index) => [`${index + 1}`, one]));
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
