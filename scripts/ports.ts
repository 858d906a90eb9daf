/** Ports of this machine. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Below what systems give to outgoing connections, any of which could take a port between its choice and its use. */
const FIRST_PORT = 10_240;
const LAST_PORT = 32_767;
const TRIES = 100;

/**
 * Returns a port of 127.0.0.1 on which nothing listens now. Chosen at random, so that processes that ask at the same time
 * rarely get the same one; nothing reserves it.
 *
 * @throws Error if none is found
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
    if (await isPortFree(port)) return port;
  }
  throw new Error("this machine has no free port");
}

/** Returns whether a process could listen on this port of 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    if (server.listening) {
      server.close();
      await once(server, "close");
    }
  }
}
