/**
 * As much Markdown as the descriptions use: paragraphs, `##` headings, lists, tables, fenced code; `code`, **bold** and
 * [links](#) within a line. Everything else is text.
 */
import { html } from "hono/html";
import type { Html } from "../../src/html/document.ts";

/** A heading of rendered Markdown, for the navigation. */
export interface Heading {
  readonly id: string;
  readonly text: string;
}

/** @returns the id under which a heading can be linked to */
function headingId(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** @returns all `##` headings, in order */
export function headings(markdown: string): Heading[] {
  return [...markdown.matchAll(/^## (.+)$/gm)].map(([, text = ""]) => ({ id: headingId(text), text }));
}

/** @param code how a fenced block is shown */
export function renderMarkdown(markdown: string, code: (text: string) => unknown = (text) => text): Html {
  const blocks: Html[] = [];
  const fences = markdown.split(/^```\w*\n([\s\S]*?)^```$/gm);
  for (const [index, part] of fences.entries()) {
    if (index % 2 === 1) blocks.push(html`<pre tabindex="0">${code(part.trimEnd())}</pre>`);
    else for (const block of part.split(/\n{2,}/)) if (block.trim() !== "") blocks.push(renderBlock(block.trim()));
  }
  return html`${blocks}`;
}

function renderBlock(block: string): Html {
  const lines = block.split("\n");
  if (block.startsWith("## ")) {
    const text = block.slice(3);
    return html`<h2 id="${headingId(text)}">${text}</h2>`;
  }
  if (lines.every((line) => line.startsWith("- "))) {
    return html`<ul>${lines.map((line) => html`<li>${inline(line.slice(2))}</li>`)}</ul>`;
  }
  if (lines.every((line) => line.startsWith("|"))) return renderTable(lines);
  return html`<p>${inline(lines.join(" "))}</p>`;
}

function renderTable([head = "", , ...rows]: readonly string[]): Html {
  const cells = (line: string) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => inline(cell.trim()));
  return html`<div class="scroll" tabindex="0"><table>
<thead><tr>${cells(head).map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row).map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** One line's worth. */
export function inline(text: string): Html {
  const parts: unknown[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [all, code, bold, label, target] = match;
    parts.push(text.slice(end, match.index));
    if (code !== undefined) parts.push(html`<code>${code}</code>`);
    else if (bold !== undefined) parts.push(html`<strong>${bold}</strong>`);
    else if (/^(https?:|\/|#)/.test(target ?? "")) parts.push(html`<a href="${target}">${label}</a>`);
    else parts.push(all);
    end = match.index + all.length;
  }
  return html`${[...parts, text.slice(end)]}`;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(?<=[\s[,:(=]|^)(-?\d+(?:\.\d+)?|true|false|null)(?=[\s,\]})]|$)/g;

/** JSON, or code with JSON in it, with strings, names and numbers marked. */
export function highlight(text: string): Html {
  const parts: unknown[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [all, string, colon, literal] = match;
    parts.push(text.slice(end, match.index));
    if (literal !== undefined) parts.push(html`<span class="t-number">${literal}</span>`);
    else if (colon !== undefined) parts.push(html`<span class="t-name">${string}</span>${colon}`);
    else parts.push(html`<span class="t-string">${string}</span>`);
    end = match.index + all.length;
  }
  return html`${[...parts, text.slice(end)]}`;
}
