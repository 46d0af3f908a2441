import type { ComponentChildren } from 'preact';

/** What may be wider than the window; it is scrolled by keyboard too. */
export function Scroll({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label={title}>
      {children}
    </section>
  );
}
