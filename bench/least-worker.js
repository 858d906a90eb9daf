/**
 * The least that any gateway with this design does on this platform, and nothing else: no keys, no checks, no limits, no
 * money, no log. A submission is one call of the tenant's object, one row that is on disk before the upstream is called
 * (written together with those of others who wait), one call of the upstream, and its answer in the row; a query is one call
 * of the object. What the gateway costs beyond this is its own.
 */
import { DurableObject } from "cloudflare:workers";

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    const object = env.TENANTS.getByName(request.headers.get("authorization") ?? "");
    const data = request.method === "POST" ? await object.submit(await request.text()) : await object.query(pathname);
    return new Response(data, { headers: { "content-type": "application/json" } });
  },
};

export class Tenant extends DurableObject {
  #lastId = 0;
  #waiting = [];
  #writing = false;
  /** Answers of the upstream, written with the next submission. */
  #answers = [];

  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS tasks (id INTEGER PRIMARY KEY, request TEXT, answer TEXT)");
    this.#lastId = ctx.storage.sql.exec("SELECT MAX(id) AS id FROM tasks").one().id ?? 0;
  }

  async submit(body) {
    const id = await this.#insert(body);
    const { SEEDHORSE_BASE_URL, SEEDHORSE_API_KEYS } = this.env;
    const response = await fetch(`${SEEDHORSE_BASE_URL}/api/v1/task/generate`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${SEEDHORSE_API_KEYS}`,
        "content-type": "application/json",
        "x-idempotency-key": String(id),
      },
      body,
    });
    this.#answers.push([await response.text(), id]);
    return `{"code":0,"msg":"success","ok":true,"data":{"taskId":${id}}}`;
  }

  /** As many bytes as the answer about a running task has. */
  query(path) {
    return `{"code":0,"msg":"success","ok":true,"data":${JSON.stringify(path.padEnd(700, "."))}}`;
  }

  #insert(body) {
    return new Promise((resolve) => {
      this.#waiting.push([body, resolve]);
      if (!this.#writing) void this.#write();
    });
  }

  async #write() {
    const { sql } = this.ctx.storage;
    this.#writing = true;
    while (this.#waiting.length > 0) {
      for (const answer of this.#answers.splice(0)) sql.exec("UPDATE tasks SET answer = ? WHERE id = ?", ...answer);
      for (const [body, resolve] of this.#waiting.splice(0)) {
        this.#lastId += 1;
        sql.exec("INSERT INTO tasks (id, request) VALUES (?, ?)", this.#lastId, body);
        resolve(this.#lastId);
      }
      await this.ctx.storage.sync();
    }
    this.#writing = false;
  }
}

export class Directory extends DurableObject {}
