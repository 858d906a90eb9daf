/** English texts of the console's first load; its other pages load `english.ts`. */
import { common } from "./common.ts";
import { frame } from "./frame.ts";
import { overview } from "./overview.ts";
import { signin } from "./signin.ts";
import { tenants } from "./tenants.ts";
import { usage } from "./usage.ts";

/** English texts of the console's first load. */
export const first = { common, frame, signin, overview, tenants, usage } as const;
