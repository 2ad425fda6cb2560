/** What came of reading a secret. `problem` says why it could not be read; it never holds the value. */
export type SecretReading =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

/** The text of a secret, without the line break that editors and programs put at its end. `from`: where it was read. */
export function oneLineLess(bytes: Uint8Array, from: string): SecretReading {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { ok: true, value: text.replace(/\r?\n$/, "") };
  } catch {
    return { ok: false, problem: `${from} gave what is no UTF-8 text` };
  }
}
