/** The stand-in of edge-cache.ts as a Worker between the gateway's default entrypoint and `Files`. It logs what it does. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { EdgeCache, type Origin, type PurgeCall } from "./edge-cache.ts";

const cache = new EdgeCache();
const log = (event: string, what: unknown) => console.log(JSON.stringify({ event, what }));

export default class extends WorkerEntrypoint<{ readonly ORIGIN: Origin }> {
  override fetch(request: Request): Promise<Response> {
    const { ORIGIN } = this.env;
    const origin: Origin = {
      fetch: (asked) => {
        log("edge-fill", new URL(asked.url).pathname);
        return ORIGIN.fetch(asked);
      },
    };
    return cache.fetch(request, origin);
  }

  async purge(call: PurgeCall) {
    const result = await cache.purge(call);
    log("edge-purge", { ...call, left: cache.keys });
    return result;
  }
}
