/*
 * Hides secret values in text that is about to be written: a log, an error, a notification.
 */

/** What stands in the place of a secret. */
const MASK = "***";

/** Shorter values are not hidden: they would blot out half of a log, and three characters keep no secret. */
const SECRET_LENGTH_MIN = 4;
/** Of a secret of several lines, shorter ones are not hidden by themselves: `{` or `true` stand everywhere. */
const SECRET_LINE_LENGTH_MIN = 8;
/** Encodings at least this long are also found in pieces, as `base64` breaks its lines. */
const WRAPPED_LENGTH_MIN = 16;
/** A piece must be this long to be told from chance: 64^8 possibilities. */
const PIECE_LENGTH_MIN = 8;

export interface Masker {
  /** Hides every secret in a text without line breaks. */
  mask(text: string): string;
  /** The longest stretch that a secret takes, in UTF-16 units: who cuts a text must know this much of what follows. */
  readonly reach: number;
}

const NOTHING_TO_MASK: Masker = { mask: (text) => text, reach: 0 };

/**
 * A masker for these values. Besides the value itself it knows each line of it, and how it looks as
 * part of a URL, of JSON, of a line that bash shows under `set -x`, and of base64 text, wherever in
 * that text it begins.
 */
export function createMasker(secrets: readonly string[]): Masker {
  const patterns = new Set<string>();
  const encodings = new Set<string>();
  for (const secret of secrets) {
    for (const value of linesOf(secret)) {
      for (const form of formsOf(value)) patterns.add(form);
    }
    if (secret.length >= SECRET_LENGTH_MIN) patterns.add(jsonForm(secret));
    for (const value of new Set([secret, secret.trim(), ...linesOf(secret)])) {
      for (const form of base64Forms(value)) encodings.add(form);
    }
  }
  for (const form of encodings) patterns.add(form);
  if (patterns.size === 0) return NOTHING_TO_MASK;

  const sorted = [...patterns].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(sorted.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
  const wrapped = [...encodings].filter((form) => form.length >= WRAPPED_LENGTH_MIN);
  return {
    mask: (text) => maskPieces(text.replace(pattern, MASK), wrapped),
    reach: sorted[0]?.length ?? 0,
  };
}

/** The lines of a secret that are worth hiding, without the white space around them. */
function linesOf(secret: string): string[] {
  const lines = secret.trim().split(/\r?\n/);
  const length_min = lines.length > 1 ? SECRET_LINE_LENGTH_MIN : SECRET_LENGTH_MIN;
  return lines.map((line) => line.trim()).filter((line) => line.length >= length_min);
}

function formsOf(value: string): string[] {
  const url = encodeURIComponent(value.toWellFormed());
  const lowerUrl = url.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase());
  const shell = value.replaceAll("'", `'\\''`);
  return [value, url, url.replaceAll("%20", "+"), lowerUrl, ...addressForms(value), jsonForm(value), shell];
}

/** As an address shows it that it was put into without care: each part escapes what it has to, and no more. */
function addressForms(value: string): string[] {
  const address = new URL("http://host");
  address.pathname = `/${value}`;
  address.search = value;
  const forms = [
    address.pathname.slice(1),
    address.search.slice(1),
    new URLSearchParams([["", value]]).toString().slice(1),
  ];
  // `..` leaves nothing of a path.
  return forms.filter((form) => form.length >= SECRET_LENGTH_MIN);
}

function jsonForm(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/**
 * The characters that this value alone decides in base64 text: it may begin at the first, second or
 * third byte of a group, and the characters that it shares with what stands around it are left off.
 */
function base64Forms(value: string): string[] {
  if (value.length < SECRET_LENGTH_MIN) return [];
  const bytes = Buffer.from(value, "utf8");
  const forms: string[] = [];
  for (let before = 0; before < 3; before++) {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const form = text.slice(first, end);
    if (form.length < SECRET_LENGTH_MIN) continue;
    forms.push(form);
    if (/[+/]/.test(form)) forms.push(form.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}

/** Hides words that are a piece of an encoded secret, or begin or end with one. */
function maskPieces(text: string, encodings: readonly string[]): string {
  if (encodings.length === 0) return text;
  return text.replace(/[A-Za-z0-9+/_-]{8,}/g, (word) => {
    if (encodings.some((form) => form.includes(word))) return MASK;
    const head = Math.max(...encodings.map((form) => headPiece(word, form)));
    const tail = Math.max(...encodings.map((form) => tailPiece(word, form)));
    if (head + tail >= word.length) return MASK;
    return (head > 0 ? MASK : "") + word.slice(head, word.length - tail) + (tail > 0 ? MASK : "");
  });
}

/** How much of the beginning of a word is the end of an encoded secret. */
function headPiece(word: string, form: string): number {
  const end = form.slice(-PIECE_LENGTH_MIN);
  for (let at = word.lastIndexOf(end); at > 0; at = word.lastIndexOf(end, at - 1)) {
    const length = at + PIECE_LENGTH_MIN;
    if (form.endsWith(word.slice(0, length))) return length;
  }
  return word.startsWith(end) ? PIECE_LENGTH_MIN : 0;
}

/** How much of the end of a word is the beginning of an encoded secret. */
function tailPiece(word: string, form: string): number {
  const begin = form.slice(0, PIECE_LENGTH_MIN);
  for (let at = word.indexOf(begin); at >= 0; at = word.indexOf(begin, at + 1)) {
    if (form.startsWith(word.slice(at))) return word.length - at;
  }
  return 0;
}
