import type { Diagnostic, Severity } from "../diagnostic.ts";
import type { FindingFix } from "../mend.ts";
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
  /** Tells operators that the engine does not bring itself from others by their names; absent: it brings them all. */
  readonly operatorsIdentity?: string | undefined;
  /** The pools that exist, by name, with their slots; absent when nobody knows, and then any name will do. */
  readonly pools?: ReadonlyMap<string, number> | undefined;
  /** The connections that exist, each with its type; absent when nobody knows, and then any name will do. */
  readonly connections?: ReadonlyMap<string, string> | undefined;
  /** The time. Findings depend on its day in UTC alone; absent: what depends on it isn't found. */
  readonly now_ms?: number | undefined;
  /** Names of secrets that are set here; other machines may have more. Absent: nobody knows of any. */
  readonly secrets?: ReadonlySet<string> | undefined;
  /**
   * The names of the project's pipelines. Asked only when a name is none of the pipelines of this go; absent, or
   * giving undefined, when nobody knows.
   */
  readonly pipelineNames?: (() => ReadonlySet<string> | undefined) | undefined;
  /** What stands at a path, which begins where the names of files do, with slashes; absent when nobody knows. */
  readonly pathKind?: ((path: string) => PathKind) | undefined;
  /** Looks for faults in bash scripts; absent when there is no tool for it. */
  readonly shellcheck?: ShellTool | undefined;
  /** What engine.yaml makes of the findings; absent: nothing. Comments in the files count either way. */
  readonly settle?: SettleOptions | undefined;
}

/** `outside`: it leads out of the repository. `unknown`: it doesn't, and that is all that can be said. */
export type PathKind = "file" | "folder" | "nothing" | "outside" | "unknown";

/** A tool that reads scripts. */
export interface ShellTool {
  /** Tells it from any that would find something else: its version and its settings. */
  readonly identity: string;
  /** What it finds in each script, in the order given; undefined when it failed, and then nobody knows. */
  find(scripts: readonly string[]): readonly (readonly ShellFinding[])[] | undefined;
}

/** What a tool says of a script. Offsets are UTF-16 units in it, `end` the first one after. */
export interface ShellFinding {
  /** `SC2086`. */
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly end: number;
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

export interface CheckContext {
  readonly options: CompileOptions;
  /** The file that findings are about. */
  readonly text: SourceText;
  /** The pipeline of the file; absent when it can't be read. */
  readonly pipeline?: PipelineSource | undefined;
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
