/*
 * Colours that programs print for terminals (ECMA-48, "SGR"). What else they send to move a cursor about is left out.
 * The result is text with the look of each part: nothing of it is ever markup.
 */

export interface AnsiLook {
  /** 0 to 255, of a terminal's palette; or a colour as `#rrggbb`. */
  readonly color?: number | string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
}

export interface AnsiPart extends AnsiLook {
  readonly text: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const SEQUENCE = /\u001b(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])/g;

/** A line in parts of one look each, and the look that the next line begins with. */
export function ansiParts(
  line: string,
  begin: AnsiLook = {},
): { readonly parts: readonly AnsiPart[]; readonly look: AnsiLook } {
  const parts: AnsiPart[] = [];
  let look = begin;
  let at = 0;
  // What stands before a carriage return was written over on a terminal.
  const text = line.replace(/\r+$/, "").replace(/^.*\r/s, "");
  for (const match of text.matchAll(SEQUENCE)) {
    if (match.index > at) parts.push({ ...look, text: text.slice(at, match.index) });
    at = match.index + match[0].length;
    if (match[2] === "m") look = applied(look, match[1] ?? "");
  }
  if (at < text.length) parts.push({ ...look, text: text.slice(at) });
  return { parts, look };
}

function applied(before: AnsiLook, codes: string): AnsiLook {
  const numbers = codes.split(/[;:]/).map(Number);
  let look: AnsiLook = before;
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at] ?? 0;
    if (code === 38 || code === 48) {
      const [color, used] = extended(numbers.slice(at + 1));
      if (code === 38 && color !== undefined) look = { ...look, color };
      at += used;
    } else look = changed(look, code);
  }
  return look;
}

function changed(look: AnsiLook, code: number): AnsiLook {
  if (code === 0) return {};
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 3) return { ...look, italic: true };
  if (code === 4) return { ...look, underline: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 23) return { ...look, italic: false };
  if (code === 24) return { ...look, underline: false };
  if (code >= 30 && code <= 37) return { ...look, color: code - 30 };
  if (code >= 90 && code <= 97) return { ...look, color: code - 90 + 8 };
  if (code === 39) {
    const { color, ...rest } = look;
    return rest;
  }
  return look;
}

function extended([kind, ...rest]: readonly number[]): readonly [number | string | undefined, number] {
  if (kind === 5) return [rest[0], 2];
  if (kind !== 2) return [undefined, 0];
  const hex = rest.slice(0, 3).map((part) => Math.min(255, part).toString(16).padStart(2, "0"));
  return [hex.length === 3 ? `#${hex.join("")}` : undefined, 4];
}

/** The levels of red, green and blue in the cube of a terminal's 256 colours. */
const LEVELS = [0, 95, 135, 175, 215, 255] as const;

/** A colour of the palette beyond the first sixteen, for the screen. */
export function paletteColor(number: number): string {
  if (number >= 232) {
    const gray = 8 + (number - 232) * 10;
    return `rgb(${gray} ${gray} ${gray})`;
  }
  const cube = number - 16;
  const [red, green, blue] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(
    (level) => LEVELS[level] ?? 0,
  );
  return `rgb(${red} ${green} ${blue})`;
}
