import type { ComponentChildren, JSX } from "preact";
import type { DataLink } from "./lib/model.ts";
import { linkTo } from "./lib/templates.ts";
import type { Shown } from "./panels/shown.ts";

interface LinksProps {
  readonly links: readonly DataLink[] | undefined;
  readonly shown: Shown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value?: string;
  readonly children: ComponentChildren;
}

/** Something that leads on by its first link, with an arrow for each of the others. */
export function Links({ links = [], shown, labels, value, children }: LinksProps): JSX.Element {
  const { choices, from } = shown;
  const known = links.flatMap(({ title, url, targetBlank }) => {
    const context = { choices, from, ...(labels !== undefined && { labels }), ...(value !== undefined && { value }) };
    const href = linkTo(url, context);
    return href === undefined ? [] : [{ title, href, isElsewhere: targetBlank === true || !href.startsWith("/") }];
  });
  const [first, ...others] = known;
  if (first === undefined) return <>{children}</>;
  return (
    <>
      <a href={first.href} title={first.title} {...elsewhere(first.isElsewhere)}>
        {children}
      </a>
      {others.map(({ title, href, isElsewhere }) => (
        <a key={title} href={href} title={title} aria-label={title} {...elsewhere(isElsewhere)}>
          {" "}
          ↗
        </a>
      ))}
    </>
  );
}

function elsewhere(is: boolean): { readonly target?: string; readonly rel?: string } {
  return is ? { target: "_blank", rel: "noopener noreferrer" } : {};
}
