import type { Diagnostic, Severity } from "../diagnostic.ts";
import type { PipelineSource, TaskSource, TextSource } from "../model.ts";
import type { OperatorSpec } from "../operator-spec.ts";
import type { ShapeProblem } from "../shape/shape.ts";
import type { PipelineSummary } from "../summary.ts";
import type { SettleOptions } from "../suppression/policy.ts";
import type { SourceText, Span } from "../text.ts";
import type { TextProblem } from "../text-problem.ts";

/** What the language has to know of its surroundings. */
export interface CompileOptions {
  readonly operators: ReadonlyMap<string, OperatorSpec>;
  /** The pools that exist; absent when nobody knows, and then any name will do. */
  readonly pools?: ReadonlySet<string> | undefined;
  /** What engine.yaml makes of the findings; absent: nothing. Comments in the files count either way. */
  readonly settle?: SettleOptions | undefined;
}

/** What a check says. Its file, code, name and severity are added. */
export interface Finding {
  readonly at: Span;
  /** What is wrong, in one sentence, without a full stop. Names in backticks. */
  readonly message: string;
  /** What to do, in one sentence, without a full stop. */
  readonly hint?: string | undefined;
  /** Further places, in the same file. */
  readonly related?: readonly { readonly at: Span; readonly message: string }[];
  /** How to mend it, in the finding's file. */
  readonly fix?: FindingFix | undefined;
}

/** A `Fix`, its edits by their place in the text. */
export interface FindingFix {
  readonly title: string;
  readonly safe: boolean;
  readonly edits: readonly { readonly at: Span; readonly text: string }[];
}

export interface CheckContext {
  readonly options: CompileOptions;
  /** The file that findings are about. */
  readonly text: SourceText;
  report(finding: Finding): void;
}

/** What a check across files says, its places spelt out. */
export type CatalogFinding = Pick<Diagnostic, "file" | "range" | "message" | "hint" | "related" | "fix">;

export interface CatalogContext {
  readonly options: CompileOptions;
  report(finding: CatalogFinding): void;
}

/** A code and what it stands for. Codes are stable and never reused. */
export interface CheckInfo {
  /** `ENG302`. */
  readonly code: string;
  /** `unknown-dependency`. */
  readonly name: string;
  readonly severity: Severity;
  /** One sentence: what the check finds. */
  readonly summary: string;
}

/**
 * One kind of finding. All checks see one walk over one model: what stands wrong in the text, then what has
 * the wrong shape, then the well-formed rest.
 */
export interface Check extends CheckInfo {
  /**
   * Whether its findings may be suppressed, or lowered by a rule. Absent: unless they are errors, for those leave no
   * pipeline to run. True for errors that are a matter of judgement.
   */
  readonly suppressible?: boolean;
  /** It may find nothing only because something isn't known here: a suppression of it is never called unused. */
  readonly conditional?: boolean;
  readonly visit: {
    /** Something is wrong before anybody asks what the file says. */
    text?(problem: TextProblem, context: CheckContext): void;
    /** A key or a value doesn't fit the definition of the language. */
    shape?(problem: ShapeProblem, context: CheckContext): void;
    pipeline?(pipeline: PipelineSource, context: CheckContext): void;
    task?(task: TaskSource, pipeline: PipelineSource, context: CheckContext): void;
    /** A string that may hold expressions. */
    expression?(text: TextSource, pipeline: PipelineSource, context: CheckContext): void;
    /** All pipelines of this go, to compare them with each other. Their files may not have been read in this process. */
    catalog?(pipelines: readonly PipelineSummary[], context: CatalogContext): void;
  };
}
