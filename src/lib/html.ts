/** HTML as a value of its own, so that text cannot be taken for markup: what is put into a template is escaped. */

/** Markup that may stand in a page as it is. */
export class Html {
  readonly text: string;
  /** @param text markup, trusted: write `html` instead wherever something is put in */
  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What a piece of HTML may contain; null, undefined and false add nothing. */
export type HtmlPart = Html | string | number | null | undefined | false | readonly HtmlPart[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text fit for elements and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** A template: text is escaped, `Html` stays, lists are joined, null, undefined and false are nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(texts.reduce((sum, text, index) => sum + partText(parts[index - 1]) + text));
}

function partText(part: HtmlPart): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(partText).join("");
  if (part === null || part === undefined || part === false) return "";
  return escapeHtml(String(part));
}
