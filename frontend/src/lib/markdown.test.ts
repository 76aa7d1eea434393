// @vitest-environment jsdom
import { expect, it } from "vitest";
import { drawMaths, html } from "./markdown";

function drawn(markdown: string): HTMLElement {
  const article = document.createElement("div");
  article.innerHTML = html(markdown);
  return article;
}

/** Everything in it that could act, take over a name of the page, or cover what the page shows. */
function acting(article: HTMLElement): string[] {
  const found: string[] = [];
  for (const element of article.querySelectorAll("*")) {
    if (/^(script|style|form|input|button|textarea|select|dialog|iframe|object|embed|link|meta|base|svg)$/i.test(element.tagName)) found.push(element.tagName);
    for (const { name, value } of element.attributes) {
      if (/^(on.*|style|id|name|srcdoc|formaction)$/i.test(name) || /^\s*(javascript|data|vbscript):/i.test(value)) found.push(`${name}=${value}`);
    }
  }
  return found;
}

it.each([
  `<img src="x" onerror="alert(1)">`,
  `<script>alert(1)</script>`,
  `[a link](javascript:alert(1)) and <a href=" javascript:alert(1)">another</a>`,
  `<a href="data:text/html,<script>alert(1)</script>">a document</a>`,
  `<form action="https://elsewhere.example"><input name="password"><button>Sign in</button></form>`,
  `<p style="position: fixed; inset: 0">over everything</p><style>* { display: none }</style>`,
  `<p id="content">mine</p><a name="location" href="/">mine, too</a>`,
  `<iframe srcdoc="<script>alert(1)</script>"></iframe><object data="x"></object><base href="https://elsewhere.example">`,
  `<svg><script>alert(1)</script></svg><math><mtext><img src=x onerror=alert(1)></mtext></math>`,
  `<dialog open>Your session has ended</dialog>`,
])("nothing acts: %s", (markdown) => {
  expect(acting(drawn(`Before.\n\n${markdown}\n\nBehind.`))).toEqual([]);
});

it("what a statement needs stays", () => {
  const article = drawn("# Sum\n\nTwo **numbers** `a` and [b](https://example.org/b).\n\n| a | b |\n|---|---|\n| 1 | 2 |");
  expect([...article.querySelectorAll("h1, strong, code, a[href], td")].map((element) => element.textContent)).toEqual(["Sum", "numbers", "a", "b", "1", "2"]);
});

it("formulas are drawn, and none of them acts", async () => {
  const article = drawn(String.raw`It is $a^2$. <span class="maths">\href{javascript:alert(1)}{x}</span> $$\htmlStyle{position: fixed}{y}$$`);
  await drawMaths(article);
  expect(article.querySelectorAll("math").length).toBeGreaterThan(0);
  expect(article.querySelector("a")).toBeNull();
  expect(acting(article).filter((one) => /script|position/.test(one))).toEqual([]);
});
