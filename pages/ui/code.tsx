/** Text of several lines in a box of its own. */

/** Shows the text; the keyboard can scroll it. */
export function Code({ text }: { readonly text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard (WCAG 2.1.1).
    <pre class="quoted" tabIndex={0}>
      {text}
    </pre>
  );
}
