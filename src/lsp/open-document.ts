import type { Position, Range } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import {
  type CheckedFile,
  type CompileOptions,
  checkFile,
  lineEnd,
  lineStart,
  type PipelineSource,
  readSource,
} from "../language/index.ts";

/** Characters of a text that is parsed at once for an answer. Larger ones answer from what was read last, so that nobody waits. */
const AT_ONCE_MAX = 128 * 1024;

const BOM = "\uFEFF";

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A document that a client has open. Offsets count in its text without a byte order mark, as everywhere in the
 * language; positions are the client's.
 */
export class OpenDocument {
  readonly uri: string;
  readonly path: string;
  readonly #document: TextDocument;
  #checked: { readonly version: number; readonly options: CompileOptions; readonly file: CheckedFile } | undefined;
  /** The latest model of the text that could be read. */
  #model: PipelineSource | undefined;

  constructor(document: TextDocument, path: string) {
    this.uri = document.uri;
    this.path = path;
    this.#document = document;
  }

  get version(): number {
    return this.#document.version;
  }

  get text(): string {
    const text = this.#document.getText();
    return text.startsWith(BOM) ? text.slice(BOM.length) : text;
  }

  get length(): number {
    return this.#document.getText().length;
  }

  offsetAt(position: Position): number {
    // A client that edits lines which are not there leaves the document with places behind its end.
    return Math.max(0, Math.min(this.#document.offsetAt(position), this.length) - this.#shift());
  }

  positionAt(offset: number): Position {
    return this.#document.positionAt(offset + this.#shift());
  }

  rangeOf({ start, end }: Span): Range {
    return { start: this.positionAt(start), end: this.positionAt(end) };
  }

  /** Whether an answer may parse the text, or whether that was done already. */
  canAnswer(options: CompileOptions): boolean {
    return this.length <= AT_ONCE_MAX || this.#isChecked(options);
  }

  /** The document, checked by itself as it stands. `name`: as findings are to call it. */
  checked(name: string, options: CompileOptions): CheckedFile {
    if (!this.#isChecked(options) || this.#checked === undefined) {
      const file = checkFile({ path: name, text: this.#document.getText() }, options);
      this.#checked = { version: this.version, options, file };
      this.#model = file.source ?? this.#model;
    }
    return this.#checked.file;
  }

  /**
   * A model for somebody who is writing at `offset`: of the text as it stands, else without the line that is being
   * written, else the latest that there was.
   */
  modelAt(offset: number, name: string, options: CompileOptions): PipelineSource | undefined {
    if (!this.canAnswer(options)) return this.#model;
    return this.checked(name, options).source ?? this.#withoutLine(offset, name, options) ?? this.#model;
  }

  #isChecked(options: CompileOptions): boolean {
    return this.#checked?.version === this.version && this.#checked.options === options;
  }

  /** Blanks keep every other place where it is. */
  #withoutLine(offset: number, name: string, options: CompileOptions): PipelineSource | undefined {
    const { text } = this;
    const start = lineStart(text, offset);
    const end = lineEnd(text, offset);
    const blanked = text.slice(0, start) + " ".repeat(end - start) + text.slice(end);
    return readSource({ path: name, text: blanked }, options);
  }

  #shift(): number {
    return this.#document.getText().startsWith(BOM) ? BOM.length : 0;
  }
}
