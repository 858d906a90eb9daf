/** Short names of the models, which the compatible surfaces use beside the models' own names (contract section 8). */
import { findModel, type Medium, type Model } from "./catalogue.ts";

/** Own names by alias. */
const MODEL_ALIASES: Readonly<Record<string, string>> = {
  "nano-banana-2": "Imagen Nano Banana 2",
  "seedance-2.0": "Seedance 2.0",
};

/** The model that generates each medium. */
export const MODEL_OF = {
  image: "Imagen Nano Banana 2",
  video: "Seedance 2.0",
} as const satisfies Record<Medium, string>;

/** @returns the own name for an alias; any other name as it is */
export function ownName(name: string): string {
  return (Object.hasOwn(MODEL_ALIASES, name) ? MODEL_ALIASES[name] : undefined) ?? name;
}

/** @returns the model with this own name or alias, or undefined */
export function findByAlias(name: string): Model | undefined {
  return findModel(ownName(name));
}

/** @returns the alias of a model; its own name if it has none */
export function aliasOf(name: string): string {
  return Object.keys(MODEL_ALIASES).find((alias) => MODEL_ALIASES[alias] === name) ?? name;
}
