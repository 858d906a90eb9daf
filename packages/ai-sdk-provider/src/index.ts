/** paddock-ai-sdk-provider: see the README. */
export type { PaddockImageModelId, PaddockVideoModelId } from "./models.ts";
export type { PaddockImageOptions, PaddockVideoOptions } from "./options.ts";
export { createPaddock, type PaddockProvider, type PaddockProviderSettings } from "./provider.ts";
