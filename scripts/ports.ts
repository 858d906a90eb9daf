/** Ports of this machine. */
import { once } from "node:events";
import { createServer } from "node:net";

/** A port that nobody listens on now; nothing keeps others from taking it. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === null) throw new Error("this machine has no free port");
  return port;
}

/** Returns whether a process could listen on this port of 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await tryPort(port)) !== null;
}

async function tryPort(wanted: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen(wanted, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : null;
  } catch {
    return null;
  } finally {
    if (server.listening) {
      server.close();
      await once(server, "close");
    }
  }
}
