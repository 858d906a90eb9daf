/** Compares response schemas with the types that the Worker returns; types alone, which fail to compile on a difference. */
import type * as z from "zod";
import type { Statement } from "../../src/domain/statement.ts";
import type { DeliveriesView, DeliveryPage, WebhookTestView } from "../../src/tenant/api.ts";
import type { AccountView } from "../../src/tenant/handlers/account.ts";
import type { TokenPage } from "../../src/tenant/handlers/client-tokens.ts";
import type { EndUserView } from "../../src/tenant/handlers/end-users.ts";
import type { LedgerEntryView } from "../../src/tenant/handlers/ledger.ts";
import type { KeyView, TenantView } from "../../src/tenant/settings.ts";
import type { Responses } from "./all.ts";

/** The same values, all of them readonly, as the types of views are. */
type Plain<T> = T extends object ? { readonly [Name in keyof T]: Plain<T[Name]> } : T;
/** The names of all fields at every depth, and which of them can be null. */
type Fields<T> = T extends object ? { readonly [Name in keyof T]-?: Fields<T[Name]> } : T extends null ? null : "value";
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** True if schema and view have the same fields, and the schema allows every value of the view. */
type Matches<Name extends keyof Responses, View> = [Plain<View>] extends [Plain<z.output<Responses[Name]>>]
  ? Same<Fields<z.output<Responses[Name]>>, Fields<View>>
  : false;
type AllTrue<List extends readonly true[]> = List;

/** Compiles only if each of these schemas matches the type that the Worker returns. */
export type MatchingViews = AllTrue<
  [
    Matches<"key", KeyView>,
    Matches<"tenant", TenantView>,
    Matches<"account", AccountView>,
    Matches<"ledgerEntry", LedgerEntryView>,
    Matches<"statement", Statement>,
    Matches<"deliveries", DeliveriesView>,
    Matches<"deliveryList", DeliveryPage>,
    Matches<"clientTokenPage", TokenPage>,
    Matches<"endUser", EndUserView>,
    Matches<"webhookTest", WebhookTestView>,
  ]
>;
