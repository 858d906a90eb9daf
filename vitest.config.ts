/** Four kinds of tests: pure ones in Node, objects and routes inside workerd, whole processes from outside, a browser. */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** These need no runtime, and a file inside workerd takes a second to start. */
const PURE_ELSEWHERE = [
  ...["envelope", "snapshot", "task-names"].map((name) => `test/courier/${name}.test.ts`),
  "test/tenant/engine/{alarm-time,work-queue}.test.ts",
];
/** These need an object's real database. */
const SQLITE_IN_LIB = ["test/lib/group-commit.test.ts", "test/lib/migrations.test.ts"];

/** Real processes on a shared machine: in CI what fails is tried once more before it counts. Pure tests never are. */
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  test: {
    coverage: { provider: "istanbul", include: ["src/**/*.ts"], reporter: ["text-summary", "json-summary"] },
    projects: [
      {
        test: {
          name: "pure",
          include: [
            "test/{lib,domain,schemas,middleware,simulator,client,scripts}/**/*.test.ts",
            "test/*.test.ts",
            ...PURE_ELSEWHERE,
          ],
          exclude: SQLITE_IN_LIB,
          environment: "node",
          // Properties with many cases take their time on a busy machine.
          testTimeout: 20_000,
        },
      },
      {
        plugins: [
          cloudflareTest(async ({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { ...inject("gatewaySettings") } },
          })),
        ],
        test: {
          name: "workerd",
          retry,
          include: ["test/{tenant,directory,courier,files,routes,flows}/**/*.test.ts", ...SQLITE_IN_LIB],
          exclude: PURE_ELSEWHERE,
          globalSetup: ["./test/support/simulator-setup.ts", "./test/support/node/webhook-receiver-setup.ts"],
          testTimeout: 20_000,
          // Conditions that are polled for come about at once on an idle machine; a busy one gets its time.
          expect: { poll: { timeout: 8_000 } },
          // These tests wait for the upstream's tasks rather than compute.
          maxConcurrency: 12,
        },
      },
      {
        test: {
          name: "e2e",
          retry,
          include: ["test/e2e/**/*.test.ts"],
          environment: "node",
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          // After the others: these measure memory and kill processes, and want the machine for themselves.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "browser",
          retry,
          include: ["test/browser/**/*.test.ts"],
          environment: "node",
          globalSetup: ["./test/support/node/browser-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
