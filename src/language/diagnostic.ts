/** A place in a text: lines and columns count from 1, columns in UTF-16 units; the offset counts UTF-16 units from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** From `start` up to, not including, `end`. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export type Severity = "error" | "warning" | "info";

/** A second place that belongs to a finding: the other duplicate, an edge of a cycle. */
export interface RelatedPlace {
  readonly file: string;
  readonly range: Range;
  readonly message: string;
}

/** One replacement in a text. */
export interface TextEdit {
  readonly range: Range;
  readonly text: string;
}

/** A change of the finding's file that mends what was found. */
export interface Fix {
  /** What it does, as an editor shows it: "replace `preproces` by `preprocess`". */
  readonly title: string;
  /** Whether the pipeline is sure to mean what its author meant; `--fix` applies only these. */
  readonly safe: boolean;
  /** Sorted by place, none over another. */
  readonly edits: readonly TextEdit[];
}

/** A finding about a file that a person wrote. A value: sorted, positioned, never thrown. */
export interface Diagnostic {
  /** Stable, never reused: `ENG302`. */
  readonly code: string;
  /** Readable name of the code: `unknown-dependency`. */
  readonly name: string;
  readonly severity: Severity;
  /** As it was given on the command line, or relative to the repository's root. */
  readonly file: string;
  readonly range: Range;
  /** What is wrong, in one sentence, without a full stop. */
  readonly message: string;
  /** What to do, in one sentence; often "did you mean …?". */
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
  readonly fix?: Fix;
}
