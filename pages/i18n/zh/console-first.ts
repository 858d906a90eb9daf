/** Chinese texts of the console's first load; its other pages load `chinese.ts`. */
import { common } from "./common.ts";
import { errors, problems } from "./errors.ts";
import { frame } from "./frame.ts";
import { overview } from "./overview.ts";
import { signin } from "./signin.ts";
import { tenants } from "./tenants.ts";
import { usage } from "./usage.ts";

/** Chinese texts of the console's first load. */
export const first = { errors, problems, common, frame, signin, overview, tenants, usage } as const;
