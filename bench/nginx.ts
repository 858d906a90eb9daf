/** nginx with one worker process and nothing but what is asked of it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalled, ServerProcess } from "./server-process.ts";

/** True if nginx is installed on this machine. */
export const HAS_NGINX = isInstalled("nginx", "-v");

/**
 * @param server the inside of the `server` block
 * @param outside of it, within `http`
 */
export function startNginx(folder: string, name: string, server: string, cores: string, outside = ""): ServerProcess {
  const prefix = join(folder, name);
  mkdirSync(prefix, { recursive: true });
  const config = join(prefix, "nginx.conf");
  writeFileSync(
    config,
    `daemon off;
master_process off;
pid ${prefix}/nginx.pid;
error_log ${prefix}/error.log crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${prefix}/${kind};`).join("\n  ")}
  ${outside}
  server { ${server} }
}
`,
  );
  const args = ["-p", prefix, "-c", config, "-e", join(prefix, "error.log")];
  return new ServerProcess({ command: "nginx", args, logFile: join(prefix, "output.log"), cores });
}
