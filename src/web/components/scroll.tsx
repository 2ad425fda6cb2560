import type { ComponentChildren, JSX } from "preact";

interface ScrollProps {
  /** What is in it. */
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** Something that may be wider than the page. It scrolls by keyboard too. */
export function Scroll({ label, class: name = "", children }: ScrollProps): JSX.Element {
  return (
    <section
      class={`scroll ${name}`}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
    >
      {children}
    </section>
  );
}
