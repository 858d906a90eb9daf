/** A SeedHorse in this process that counts queries and can end all tasks at once. */
import { createServer } from "node:http";
import { freePort } from "../../scripts/ports.ts";
import { acceptedReply, runningReply } from "../upstream.ts";

/** A running stand-in for the upstream. */
export interface CountingUpstream {
  readonly url: string;
  queries(): number;
  /** From now on every task has failed. */
  endTasks(): void;
  stop(): Promise<void>;
}

/** Starts it on a free port. */
export async function countingUpstream(): Promise<CountingUpstream> {
  let queries = 0;
  let last = 900_000;
  let hasEnded = false;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const [, id] = /^\/api\/v1\/query\/(\d+)$/.exec(request.url ?? "") ?? [];
      if (id === undefined) last += 1;
      else queries += 1;
      const running = runningReply(id ?? "");
      const state = hasEnded ? running.replace('"taskStatus":1', '"taskStatus":3') : running;
      response.setHeader("content-type", "application/json");
      response.end(id === undefined ? acceptedReply(String(last)) : state);
    });
  });
  server.keepAliveTimeout = 60_000;
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    queries: () => queries,
    endTasks: () => {
      hasEnded = true;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
