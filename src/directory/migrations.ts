/** The Directory object's tables as numbered, append-only steps. What each is for: docs/storage-schema.md. */
import type { Migration } from "../lib/migrations.ts";

export const DIRECTORY_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
      CREATE TABLE tenants (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant_id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        created_at INTEGER NOT NULL
      );
      CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        tenant_id TEXT,
        target TEXT,
        before TEXT,
        after TEXT,
        request_id TEXT
      );
    `,
  },
];
