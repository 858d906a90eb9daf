/** Four kinds of tests: pure ones in Node, objects and routes inside workerd, whole processes from outside, a browser. */
import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/node/longest-first.ts";

/** These need no runtime, and a file inside workerd takes a second to start. */
const PURE_ELSEWHERE = [
  ...["envelope", "snapshot", "task-names"].map((name) => `test/courier/${name}.test.ts`),
  "test/tenant/engine/{alarm-time,work-queue}.test.ts",
  "test/tenant/rules/{event-streams,render,watchers}.test.ts",
];
/** These need an object's real database. */
const SQLITE_IN_LIB = ["test/lib/group-commit.test.ts", "test/lib/migrations.test.ts"];

/**
 * Test files at a time. These tests wait for due times, retries and processes more than half of their time, so twice as many
 * files as cores, and one, keep the cores busy.
 */
const maxWorkers = 2 * availableParallelism() + 1;

/** Tests run the packages from their sources, not from a build. */
const source = (folder: string) => new URL(`packages/${folder}/src/index.ts`, import.meta.url).pathname;
const resolve = { alias: { "paddock-client": source("client"), "paddock-ai-sdk-provider": source("ai-sdk-provider") } };

/** CI's machines and their load are unknown: it tries a failed test of real processes once more, and its report says so. */
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  test: {
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    // Only for what hangs, as all limits of time here: a busy machine takes many times as long as an idle one.
    teardownTimeout: 60_000,
    coverage: { provider: "istanbul", include: ["src/**/*.ts"], reporter: ["text-summary", "json-summary"] },
    projects: [
      {
        test: {
          name: "pure",
          include: [
            "test/{lib,domain,schemas,middleware,simulator,client,scripts,pages}/**/*.test.ts",
            "test/*.test.ts",
            ...PURE_ELSEWHERE,
          ],
          exclude: SQLITE_IN_LIB,
          environment: "node",
          // These files share no state, and a process for each of them takes longer than most of their tests.
          isolate: false,
          restoreMocks: true,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
      {
        plugins: [
          cloudflareTest(async ({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            // wrangler.toml may have the address of a deployment.
            miniflare: { bindings: { PUBLIC_BASE_URL: "", ...inject("gatewaySettings") } },
          })),
        ],
        test: {
          name: "workerd",
          isolate: false,
          setupFiles: ["./test/support/fresh-objects.ts"],
          retry,
          include: ["test/{tenant,directory,courier,files,routes,flows,webhooks}/**/*.test.ts", ...SQLITE_IN_LIB],
          exclude: PURE_ELSEWHERE,
          globalSetup: [
            "./test/support/simulator-setup.ts",
            "./test/support/node/webhook-receiver-setup.ts",
            "./test/support/node/access-team-setup.ts",
          ],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 15_000 } },
          // These tests wait for the upstream's tasks rather than compute.
          maxConcurrency: 12,
        },
      },
      {
        resolve,
        test: {
          name: "e2e",
          retry,
          include: ["test/e2e/**/*.test.ts"],
          environment: "node",
          globalSetup: ["./test/support/node/worker-bundle-setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        resolve,
        test: {
          name: "browser",
          retry,
          include: ["test/browser/**/*.test.ts"],
          environment: "node",
          globalSetup: ["./test/support/node/worker-bundle-setup.ts", "./test/support/node/browser-setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
