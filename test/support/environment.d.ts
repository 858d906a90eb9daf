/** What the tests inside workerd are given: by their global setups, and as this Worker's own exports. */
import "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Settings of the gateway under test, as wrangler would pass them. */
    gatewaySettings: Record<string, string>;
    simulatorUrl: string;
    webhookReceiverUrl: string;
    /** A Cloudflare Access team: its address, and the private keys that sign (node/access-team-setup.ts). */
    accessTeam: { url: string; current: JsonWebKey; next: JsonWebKey; foreign: JsonWebKey };
  }
}

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import("../../src/index.ts");
    }
  }
}
