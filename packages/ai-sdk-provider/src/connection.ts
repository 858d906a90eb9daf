/** The gateway behind a provider: its address, credential and headers. */
import { LoadAPIKeyError, LoadSettingError } from "@ai-sdk/provider";
import { Paddock } from "paddock-client";

/** Headers of a call of the AI SDK. */
export type CallHeaders = Readonly<Record<string, string | undefined>>;

/** Where a provider's requests go. */
export interface ConnectionSettings {
  /** The gateway: its origin, or with `/v1` or `/api/v1` behind it. */
  readonly baseURL: string;
  /** A key or a client token, or a function that returns the current one; it is called before every request. */
  readonly apiKey: string | (() => string | Promise<string>);
  /** Further headers of every request. */
  readonly headers?: CallHeaders | undefined;
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** A client for one call of a model. */
export interface Session {
  readonly client: Paddock;
  /** Headers of the latest response. */
  headers(): Record<string, string> | undefined;
}

/** These are set for each request. */
const OWN_HEADERS = new Set(["authorization", "content-type", "idempotency-key", "x-idempotency-key"]);

/** Opens sessions with the gateway. */
export class Connection {
  /** Origin, and path if the gateway has one, without a slash at the end. */
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly #settings: ConnectionSettings;

  /** @throws LoadSettingError, LoadAPIKeyError */
  constructor(settings: ConnectionSettings) {
    this.baseUrl = gatewayUrl(settings.baseURL);
    if (typeof settings.apiKey !== "function" && !settings.apiKey) {
      throw new LoadAPIKeyError({ message: "createPaddock needs apiKey: a key (pdk_…) or a client token" });
    }
    this.#settings = settings;
    // Browsers throw if `fetch` is called as a method of another object.
    this.fetch = (input, init) => (settings.fetch ?? globalThis.fetch)(input, init);
  }

  /** Opens a session that sends these headers. Its client does not retry, because the AI SDK does. */
  open(headers: CallHeaders = {}): Session {
    const further = Object.entries({ ...this.#settings.headers, ...headers }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !OWN_HEADERS.has(entry[0].toLowerCase()),
    );
    let received: Headers | undefined;
    const client = new Paddock({
      baseUrl: this.baseUrl,
      credential: this.#settings.apiKey,
      maxRetries: 0,
      fetch: async (input, init) => {
        const all = new Headers(further);
        new Headers(init?.headers).forEach((value, name) => {
          all.set(name, value);
        });
        const response = await this.fetch(input, { ...init, headers: all });
        received = response.headers;
        return response;
      },
    });
    return { client, headers: () => received && Object.fromEntries(received) };
  }
}

/** Returns the value of the first of these headers; their names in lower case. */
export function headerOf(headers: CallHeaders | undefined, ...names: readonly string[]): string | undefined {
  return Object.entries(headers ?? {}).find(([name, value]) => value && names.includes(name.toLowerCase()))?.[1];
}

function gatewayUrl(baseURL: string): string {
  if (typeof baseURL !== "string" || !/^https?:\/\//i.test(baseURL) || !URL.canParse(baseURL)) {
    throw new LoadSettingError({ message: "createPaddock needs baseURL, for example https://gateway.example" });
  }
  return baseURL.replace(/\/+$/, "").replace(/(?:\/api)?\/v1$/, "");
}
