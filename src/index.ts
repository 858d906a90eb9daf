/** The exports that wrangler.toml refers to: the app, the two objects, the courier and the stored files. No logic. */
import { createApp } from "./app.ts";

export { Courier } from "./courier/courier.ts";
export { Directory } from "./directory/object.ts";
export { Files } from "./edge/files.ts";
export { Tenant } from "./tenant/object.ts";

export default createApp();
