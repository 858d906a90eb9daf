/** Icons of 24 × 24, drawn as strokes in the colour of the text around them. A screen reader passes over them. */
import { ICON_PATHS, type IconName } from "../lib/icons.ts";

/** Draws an icon. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {ICON_PATHS[name].map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  );
}
