/** Chinese texts of the portal's first load; its other pages load `chinese.ts`. */
import { common } from "./common.ts";
import { errors, problems } from "./errors.ts";
import { frame } from "./frame.ts";
import { money } from "./money.ts";
import { portal } from "./portal.ts";
import { signin } from "./signin.ts";
import { task } from "./task.ts";
import { tasks } from "./tasks.ts";
import { usage } from "./usage.ts";
import { webhooks } from "./webhooks.ts";

/** Chinese texts of the portal's first load. */
export const first = { errors, problems, common, frame, signin, portal, money, task, tasks, usage, webhooks } as const;
