import { describe, expect, it } from "vitest";
import { escapeHtml, Html, type HtmlPart, html } from "../../src/lib/html.ts";

describe("html", () => {
  it("escapes what is put in, in elements and in quoted attributes", () => {
    const hostile = `"'><script>alert(1)</script>&`;
    expect(html`<a title="${hostile}">${hostile}</a>`.text).toBe(
      `<a title="${escapeHtml(hostile)}">${escapeHtml(hostile)}</a>`,
    );
    expect(escapeHtml(hostile)).toBe("&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;");
  });

  it("keeps markup that is markup, joins lists, and leaves out what is nothing", () => {
    const items: HtmlPart = ["a<", new Html("<hr>"), 7, null, undefined, false];
    expect(html`<p>${items}</p>${html`<b>${"b"}</b>`}`.text).toBe("<p>a&lt;<hr>7</p><b>b</b>");
  });

  it("shows 0 and the empty text as they are", () => {
    expect(html`[${0}${""}]`.text).toBe("[0]");
  });
});
