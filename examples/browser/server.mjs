/** A shop's backend: it knows its user, keeps the secret key, and hands the page a token for ten minutes and five tasks. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const { PADDOCK_URL = "http://127.0.0.1:8787", PADDOCK_KEY, PORT = "3000" } = process.env;
const PAGES = { "/": ["index.html", "text/html"], "/page.js": ["page.js", "text/javascript"] };

async function mintToken(user) {
  const bounds = { endUser: user, expiresInSeconds: 600, maxTasks: 5, allowedOrigins: [`http://127.0.0.1:${PORT}`] };
  const headers = { authorization: `Bearer ${PADDOCK_KEY}`, "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(bounds) };
  const { ok, msg, data } = await (await fetch(`${PADDOCK_URL}/api/v1/client-tokens`, request)).json();
  if (!ok) throw new Error(msg);
  return JSON.stringify({ ...data, baseUrl: PADDOCK_URL });
}

async function answer({ method, url = "/" }) {
  if (method === "POST" && url === "/token") return [await mintToken("alice"), "application/json"]; // whoever is signed in
  const library = /^\/paddock-client\/([a-z-]+\.js)$/.exec(url);
  const [file, type] = library ? [`../../packages/client/dist/${library[1]}`, "text/javascript"] : (PAGES[url] ?? []);
  return file ? [await readFile(new URL(file, import.meta.url)), type] : ["Not found", "text/plain"];
}

createServer(async (request, response) => {
  const [body, type] = await answer(request).catch((error) => [String(error), "text/plain"]);
  response.writeHead(type === "text/plain" ? 404 : 200, { "content-type": `${type}; charset=utf-8` }).end(body);
}).listen(Number(PORT), "127.0.0.1", () => console.log(`Open http://127.0.0.1:${PORT}`));
