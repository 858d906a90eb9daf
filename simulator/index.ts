export type { Account, LedgerEntry } from "./accounts.ts";
export type { FileView, Stats, TaskFilter, TaskView } from "./control-views.ts";
export type { FaultMatch, FaultRule, FaultRuleInput } from "./fault-rules.ts";
export type { CountedFault, Fault, FaultTarget } from "./faults.ts";
export type { FileUse, IdempotencyUse, RecordedRequest } from "./journal.ts";
export { type JsonObject, parseLongJson, stringifyLongJson } from "./long-json.ts";
export { type Ending, type Plan, parsePlan } from "./plan.ts";
export { type Simulator, startSimulator } from "./server.ts";
export type { AccountInput, Settings, SimulatorOptions } from "./settings.ts";
