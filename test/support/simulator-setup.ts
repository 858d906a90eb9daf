/** Starts one real simulator for the tests inside workerd, which reach it over HTTP like any upstream. */
import type { TestProject } from "vitest/node";
import { startSimulator } from "../../simulator/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Settings of the gateway under test, as wrangler would pass them. */
    gatewaySettings: Record<string, string>;
    simulatorUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const accounts = ["sh-test-one", "sh-test-two"].map((key) => ({ keys: [key], credits: 10_000_000 }));
  const simulator = await startSimulator({ accounts, speed: 20 });
  project.provide("simulatorUrl", simulator.url);
  project.provide("gatewaySettings", {
    SEEDHORSE_API_KEYS: "sh-test-one,sh-test-two",
    SIGNING_SECRETS: "first-signing-secret-of-the-tests,second-signing-secret-of-the-tests",
    ADMIN_TOKEN: "operator-token-for-tests-00000000",
    SEEDHORSE_BASE_URL: simulator.url,
    POLL_MIN_MS: "50",
    POLL_MAX_MS: "100",
    // A busy machine answers within it; the few tests that wait it out run side by side.
    SUBMIT_TIMEOUT_MS: "4000",
    // Long enough for a copy on a busy machine; tests that wait it out run side by side.
    MIRROR_GRACE_SECONDS: "10",
    ALLOW_PRIVATE_URLS: "true",
    WEBHOOK_RETRY_SECONDS: "0.05,0.1,0.2,0.4",
  });
  return () => simulator.close();
}
