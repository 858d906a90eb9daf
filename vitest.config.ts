/** Three kinds of tests: pure ones in Node, objects and routes inside workerd, and whole processes from outside. */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    coverage: { provider: "istanbul", include: ["src/**/*.ts"], reporter: ["text-summary", "json-summary"] },
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/{lib,domain,simulator,client}/**/*.test.ts", "test/*.test.ts"],
          environment: "node",
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
          include: ["test/{tenant,directory,courier,files,routes,flows}/**/*.test.ts"],
          globalSetup: ["./test/support/simulator-setup.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          environment: "node",
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
