/** The page's element that `selector` names. The HTML and the scripts ship together, so a missing one is a bug. */
export function element<E extends Element = HTMLElement>(selector: string): E {
  const found = document.querySelector<E>(selector);
  if (!found) {
    throw new Error(`the page has no element ${selector}`);
  }
  return found;
}

/** The element that tests and scripts both know by its `data-testid`. */
export function named(testId: string): HTMLElement {
  return element(`[data-testid="${testId}"]`);
}

/** A new element with a class and text: data goes in as text, never as markup. */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
