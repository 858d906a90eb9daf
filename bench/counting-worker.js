/**
 * The gateway with a meter in front of everything that the platform bills: rows, alarms, requests to objects, operations
 * on R2, lines of the log. `GET /_bench/counts` shows the meter, `DELETE` puts it back to nothing. Objects share the
 * Worker's isolate here, so one set of counters sees all.
 */
import worker from "../src/index.ts";

export * from "../src/index.ts";

import { Directory as RealDirectory, Files as RealFiles, Tenant as RealTenant } from "../src/index.ts";

let counts;
/** Cursors count rows as they are read, so they are summed up at the end. */
let cursors;

function reset() {
  counts = { requests: {}, alarms: 0, alarmsSet: {}, r2: {}, logLines: 0, edgeRequests: 0, edgeFills: 0 };
  cursors = [];
}
reset();

const add = (group, name, amount = 1) => {
  counts[group][name] = (counts[group][name] ?? 0) + amount;
};

const metered = new WeakSet();

/** Replaces a method on the prototype that all instances share; once. */
function meter(prototype, name, around) {
  const real = prototype[name];
  prototype[name] = function (...args) {
    return around(() => real.apply(this, args), this, args);
  };
}

/** Verb and table: `INSERT ledger`. */
function nameOf(statement) {
  const [, verb, table] =
    /^\s*(INSERT|UPDATE|DELETE)\b(?:\s+OR\s+\w+)?(?:\s+(?:INTO|FROM))?\s+"?(\w+)/i.exec(statement) ?? [];
  return verb === undefined ? "other" : `${verb} ${table}`;
}

function meterStorage(storage, className) {
  storage.benchClass = className;
  storage.sql.benchClass = className;
  const prototype = Object.getPrototypeOf(storage.sql);
  if (metered.has(prototype)) return;
  metered.add(prototype);
  meter(prototype, "exec", (call, sql, [statement]) => {
    const cursor = call();
    cursors.push({ cursor, className: sql.benchClass ?? "?", statement: nameOf(statement) });
    return cursor;
  });
  meter(Object.getPrototypeOf(storage), "setAlarm", (call, self) => {
    add("alarmsSet", self.benchClass ?? "?");
    return call();
  });
}

for (const level of ["log", "warn", "error"]) {
  const real = console[level];
  console[level] = (line) => {
    counts.logLines += 1;
    real.call(console, line);
  };
}

function meterBucket(bucket) {
  const prototype = Object.getPrototypeOf(bucket);
  if (metered.has(prototype)) return;
  metered.add(prototype);
  for (const name of ["get", "head", "put", "list", "delete", "createMultipartUpload"]) {
    meter(prototype, name, (call) => {
      add("r2", name);
      return call();
    });
  }
}

function meterMethods(prototype, className) {
  const above = Object.getPrototypeOf(prototype);
  // The platform's own base class is the last but one.
  if (Object.getPrototypeOf(above) !== Object.prototype) meterMethods(above, className);
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name === "constructor" || typeof prototype[name] !== "function") continue;
    meter(prototype, name, (call) => {
      if (name === "alarm") counts.alarms += 1;
      else add("requests", `${className}.${name}`);
      return call();
    });
  }
}
meterMethods(RealTenant.prototype, "Tenant");
meterMethods(RealDirectory.prototype, "Directory");

export class Tenant extends RealTenant {
  constructor(ctx, env) {
    meterStorage(ctx.storage, "Tenant");
    super(ctx, env);
  }
}

export class Directory extends RealDirectory {
  constructor(ctx, env) {
    meterStorage(ctx.storage, "Directory");
    super(ctx, env);
  }
}

/** Each request to the cache in front of `Files` is billed as one of a Worker, also one that runs nothing. */
function meterEdge({ EDGE, ...env }) {
  if (EDGE === undefined) return env;
  const fetch = (url, init) => {
    counts.edgeRequests += 1;
    return EDGE.fetch(url, init);
  };
  return { ...env, EDGE: { fetch } };
}

meter(RealFiles.prototype, "fetch", (call) => {
  counts.edgeFills += 1;
  return call();
});

function report() {
  const rows = { read: {}, written: {}, statements: {} };
  for (const { cursor, className, statement } of cursors) {
    const { rowsRead, rowsWritten } = cursor;
    rows.read[className] = (rows.read[className] ?? 0) + rowsRead;
    rows.written[className] = (rows.written[className] ?? 0) + rowsWritten;
    const name = `${className}: ${statement}`;
    if (rowsWritten > 0) rows.statements[name] = (rows.statements[name] ?? 0) + rowsWritten;
  }
  return { ...counts, rows };
}

export default {
  ...worker,
  fetch(request, env, ctx) {
    meterBucket(env.FILES);
    if (new URL(request.url).pathname !== "/_bench/counts") return worker.fetch(request, meterEdge(env), ctx);
    const now = report();
    if (request.method === "DELETE") reset();
    return Response.json(now);
  },
};
