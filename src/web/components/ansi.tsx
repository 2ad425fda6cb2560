import type { ComponentChildren, JSX } from "preact";
import { type AnsiPart, ansiParts, paletteColor } from "../lib/ansi.ts";

/** Characters of a line that are shown; a longer one is in the download. */
const SHOWN_MAX = 8_000;

interface AnsiLineProps {
  readonly text: string;
  /** In small letters: what is marked. */
  readonly wanted: string;
}

/** A line of a log in its colours. */
export function AnsiLine({ text, wanted }: AnsiLineProps): JSX.Element {
  const cut = text.length > SHOWN_MAX;
  const { parts } = ansiParts(cut ? text.slice(0, SHOWN_MAX) : text);
  return (
    <>
      {parts.map((part, index) => (
        <Part key={index} part={part} wanted={wanted} />
      ))}
      {cut && <span class="hint"> … {text.length - SHOWN_MAX} more characters: download the log</span>}
    </>
  );
}

function Part({ part, wanted }: { readonly part: AnsiPart; readonly wanted: string }): JSX.Element {
  const { text, color, bold, dim, italic, underline } = part;
  const children = wanted === "" ? text : marked(text, wanted);
  if (color === undefined && !bold && !dim && !italic && !underline) return <>{children}</>;
  const isNamed = typeof color === "number" && color < 16;
  const names = [
    isNamed && `ansi-${color % 8}`,
    bold && "bold",
    dim && "dim",
    italic && "italic",
    underline && "underline",
  ];
  const style =
    color !== undefined && !isNamed ? { color: typeof color === "number" ? paletteColor(color) : color } : {};
  return (
    <span class={names.filter(Boolean).join(" ")} style={style}>
      {children}
    </span>
  );
}

function marked(text: string, wanted: string): ComponentChildren {
  const pieces: ComponentChildren[] = [];
  const low = text.toLowerCase();
  let at = 0;
  for (let hit = low.indexOf(wanted); hit >= 0; hit = low.indexOf(wanted, at)) {
    pieces.push(text.slice(at, hit), <mark key={hit}>{text.slice(hit, hit + wanted.length)}</mark>);
    at = hit + wanted.length;
  }
  return [...pieces, text.slice(at)];
}
