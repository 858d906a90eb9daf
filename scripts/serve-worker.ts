/**
 * `node serve-worker.ts FILE` runs a bundled Worker on real workerd, with miniflare's objects, files and images, until a
 * signal ends it. FILE contains miniflare's options as JSON: among them are the settings, which are secret.
 */
import { readFileSync } from "node:fs";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4MiniflareOptions } from "miniflare";

const text = readFileSync(process.argv[2] ?? "", "utf8");
const options = JSON.parse(text) as V4MiniflareOptions;
const sendsMail = text.includes('"send_email"');
// Of each message that the Worker mails, the log has the path of the file with its text; and each request with its query.
const log = sendsMail ? { log: new Log(LogLevel.INFO) } : {};
await new Miniflare({ ...convertV4MiniflareOptions(options), ...log }).ready;
