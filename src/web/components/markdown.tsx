import type { JSX } from "preact";
import { type Block, type Inline, markdownBlocks } from "../lib/markdown.ts";

/** A text in Markdown. */
export function Markdown({ text }: { readonly text: string }): JSX.Element {
  return (
    <div class="markdown">
      {markdownBlocks(text).map((block, index) => (
        <BlockView key={`${index}${block.type}`} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { readonly block: Block }): JSX.Element {
  switch (block.type) {
    case "heading":
      return block.level === 1 ? (
        <h2>
          <Inlines of={block.content} />
        </h2>
      ) : (
        <h3>
          <Inlines of={block.content} />
        </h3>
      );
    case "code":
      return <pre>{block.text}</pre>;
    case "list": {
      const items = block.items.map((item, index) => (
        <li key={`${index}${item[0]?.text}`}>
          <Inlines of={item} />
        </li>
      ));
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case "paragraph":
      return (
        <p>
          <Inlines of={block.content} />
        </p>
      );
  }
}

function Inlines({ of }: { readonly of: readonly Inline[] }): JSX.Element {
  return (
    <>
      {of.map((inline, index) => (
        <InlineView key={`${index}${inline.type}`} inline={inline} />
      ))}
    </>
  );
}

function InlineView({ inline }: { readonly inline: Inline }): JSX.Element {
  switch (inline.type) {
    case "code":
      return <code>{inline.text}</code>;
    case "strong":
      return <strong>{inline.text}</strong>;
    case "em":
      return <em>{inline.text}</em>;
    case "link":
      return (
        <a href={inline.href} target="_blank" rel="noreferrer">
          {inline.text}
        </a>
      );
    case "text":
      return <>{inline.text}</>;
  }
}
