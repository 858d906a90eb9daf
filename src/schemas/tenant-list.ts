/** Parameters of the list of tenants, and its cursors. */
import * as z from "zod/mini";
import { type ListPosition, TENANT_SORTS, type TenantListQuery, WAITING_WORK } from "../domain/tenant-report.ts";
import { decodeBase64Url, decodeUtf8Strict, encodeBase64Url, utf8 } from "../lib/bytes.ts";
import { once } from "../lib/once.ts";
import { NO_CURSOR } from "./cursors.ts";
import { tenantSettings } from "./operator.ts";
import { limit, queryDefault, queryNumber } from "./task-list.ts";

const filters = once(() => ({
  cursor: z
    .optional(z.string().check(z.maxLength(2_000, NO_CURSOR)))
    .check(z.describe("`nextCursor` of the previous page, with the same `sort`.")),
  q: z
    .optional(z.string().check(z.maxLength(200)))
    .check(z.describe("Part of a name, of an identifier or of an `externalId`; ignores case.")),
  status: z.optional(tenantSettings().status).check(z.describe("Only tenants with this status.")),
  billing: z.optional(tenantSettings().billing).check(z.describe("Only tenants with this billing.")),
  lowBalance: z
    .optional(z.literal("true", "must be true"))
    .check(z.describe("`true`: only tenants whose balance is below their `lowBalance`.")),
  webhook: z
    .optional(z.enum(["failing", "off"], "must be failing or off"))
    .check(z.describe("Only tenants whose endpoint is off, or on and `failing`: its last three attempts failed.")),
  waiting: z
    .optional(z.enum(WAITING_WORK, `must be ${WAITING_WORK.join(" or ")}`))
    .check(
      z.describe("Only tenants with files that wait to be copied, or with webhook events that wait for an attempt."),
    ),
  inactiveDays: z
    .optional(queryNumber(1, 999))
    .check(z.describe("Only tenants without a task for this number of days.")),
  sort: z
    ._default(
      z.enum(
        TENANT_SORTS.flatMap((sort) => [sort, `-${sort}`] as const),
        `must be ${TENANT_SORTS.join(", ")}, or one of them behind "-"`,
      ),
      "-created",
    )
    .check(z.describe("Order of the list; `-`: descending. `balance` and `lastActive` are up to a minute old.")),
}));

/** Parameters of the list of tenants. */
export const TenantListParameters = once(() => z.strictObject({ limit: limit(), ...filters() }));

/** Parameters of the list of tenants without their settings. */
export const TenantSummaryParameters = once(() =>
  z.strictObject({
    limit: queryDefault(queryNumber(1, 500), 100).check(z.describe("Maximum number of tenants on the page.")),
    ...filters(),
  }),
);

/** Returns parameters of a list of tenants as a query of the Directory. */
const asQuery = (schema: ReturnType<typeof TenantListParameters>) =>
  z.pipe(
    schema,
    z.transform(({ cursor, sort, limit: size, ...given }, { issues }): TenantListQuery => {
      const { q = null, status = null, billing = null, lowBalance } = given;
      const { webhook = null, waiting = null, inactiveDays = null } = given;
      const descending = sort.startsWith("-");
      const after = cursor === undefined ? null : parseTenantCursor(cursor, sort);
      if (after === undefined) issues.push({ code: "custom", path: ["cursor"], input: cursor, message: NO_CURSOR });
      const by = (descending ? sort.slice(1) : sort) as TenantListQuery["sort"];
      const more = { lowBalance: lowBalance === "true", webhook, waiting, inactiveDays };
      return { sort: by, descending, q, status, billing, ...more, limit: size, after: after ?? null };
    }),
  );

/** The parameters of the list of tenants as a query of the Directory. */
export const tenantListQuery = once(() => asQuery(TenantListParameters()));
/** The same for the list without settings. */
export const tenantSummaryQuery = once(() => asQuery(TenantSummaryParameters()));

/** Parameters of the numbers of tenants. */
export const TenantCountParameters = once(() =>
  z.strictObject({
    inactiveDays: queryDefault(queryNumber(1, 999), 30).check(
      z.describe("Days without a task after which a tenant counts as inactive."),
    ),
  }),
);

/** Returns the cursor of the page behind this position. */
export function formatTenantCursor(
  { sort, descending }: Pick<TenantListQuery, "sort" | "descending">,
  { value, tenantId }: ListPosition,
  since: number,
): string {
  return encodeBase64Url(utf8(JSON.stringify([descending ? `-${sort}` : sort, value, tenantId, since])));
}

/** Returns the position in a cursor of the same sort, or undefined for any other text. */
function parseTenantCursor(text: string, sort: string): NonNullable<TenantListQuery["after"]> | undefined {
  // A cursor of the previous release, whose list has one order.
  if (sort === "-created" && /^\d{1,15}$/.test(text)) return { value: Number(text), tenantId: "", since: Date.now() };
  const [own, value, tenantId, since] = parseArray(decodeUtf8Strict(decodeBase64Url(text) ?? new Uint8Array([0xff])));
  const isValue = sort.endsWith("name") ? typeof value === "string" : Number.isSafeInteger(value);
  if (own !== sort || !isValue || typeof tenantId !== "string" || !Number.isSafeInteger(since)) return undefined;
  return { value: value as string | number, tenantId, since: since as number };
}

function parseArray(text: string | null): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
