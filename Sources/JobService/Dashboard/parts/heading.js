// The headings of pages whose buttons depend on what is shown.

/** What each page's heading was made of last. */
const made = new WeakMap();
const buttons = (page) => [...page.root.querySelectorAll(":scope > .page-header .actions :is(a, button)")];

/** Sets a page's heading and the buttons beside it, `actions()`, when `source`, a value of which they are made, has changed. The focus stays. */
export function keepHeading(page, source, text, actions) {
  const key = JSON.stringify([text, source]);
  if (made.get(page) === key) return;
  made.set(page, key);
  const index = buttons(page).indexOf(document.activeElement);
  page.heading(text, ...actions());
  buttons(page)[index]?.focus();
}
