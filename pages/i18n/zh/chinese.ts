/** All Chinese texts by area; pages beyond the first load them. */
import type { english } from "../en/english.ts";
import { audit } from "./audit.ts";
import { branding } from "./branding.ts";
import { common } from "./common.ts";
import { endUsers } from "./end-users.ts";
import { frame } from "./frame.ts";
import { keys } from "./keys.ts";
import { money } from "./money.ts";
import { overview } from "./overview.ts";
import { people } from "./people.ts";
import { playground } from "./playground.ts";
import { portal } from "./portal.ts";
import { prices } from "./prices.ts";
import { signin } from "./signin.ts";
import { task } from "./task.ts";
import { tasks } from "./tasks.ts";
import { tenant } from "./tenant.ts";
import { tenants } from "./tenants.ts";
import { usage } from "./usage.ts";
import { webhooks } from "./webhooks.ts";

/** All Chinese texts by area; pages beyond the first load them. */
export const chinese = {
  common,
  frame,
  signin,
  overview,
  tenants,
  tenant,
  keys,
  tasks,
  task,
  webhooks,
  money,
  prices,
  usage,
  people,
  branding,
  endUsers,
  audit,
  playground,
  portal,
} satisfies { readonly [A in keyof typeof english]: unknown };
