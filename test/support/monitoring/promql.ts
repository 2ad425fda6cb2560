import { createRequire } from "node:module";
import type { PromQLExtension } from "@prometheus-io/codemirror-promql";
import { parser } from "@prometheus-io/lezer-promql";

// All in CommonJS: the checker has no other form, and an editor's state of one form is none for the other.
const load = createRequire(import.meta.url);
const { EditorState } = load("@codemirror/state");
const { PromQLExtension: Extension } = load("@prometheus-io/codemirror-promql");
const { Parser } = load("@prometheus-io/codemirror-promql/dist/cjs/parser/index.js");
const extension = new Extension() as PromQLExtension;
const own = createRequire(load.resolve("@prometheus-io/codemirror-promql"))("@prometheus-io/lezer-promql");

/** What Prometheus' own parser and checker of types have against an expression. */
export function promqlProblems(expr: string): readonly string[] {
  const problems: string[] = [];
  parser.parse(expr).iterate({
    enter({ type, from }) {
      if (type.isError) problems.push(`does not parse at ${from}: ${expr.slice(from, from + 30)}`);
    },
  });
  const checked = new Parser(EditorState.create({ doc: expr, extensions: [extension.asExtension()] }));
  // An editor parses for some milliseconds at a time, and would leave the checker with half a tree on a busy machine.
  checked.tree = own.parser.parse(expr);
  checked.analyze();
  return [...problems, ...(checked.getDiagnostics() as { message: string }[]).map(({ message }) => message)];
}

/** The selectors of an expression: the metric, its matchers as written, and the range. */
export function selectorsOf(
  expr: string,
): readonly { readonly metric: string; readonly matchers: string; readonly call?: string; readonly range?: string }[] {
  const found: { metric: string; matchers: string; call?: string; range?: string }[] = [];
  parser.parse(expr).iterate({
    enter(node) {
      if (node.name !== "VectorSelector") return;
      const text = expr.slice(node.from, node.to);
      const [, metric = "", matchers = ""] = /^([\w:]+)\s*(?:\{([\s\S]*)\})?$/.exec(text) ?? [];
      const matrix = node.node.parent?.name === "MatrixSelector" ? node.node.parent : undefined;
      const range = matrix === undefined ? undefined : /\[([^\]]+)\]$/.exec(expr.slice(matrix.from, matrix.to))?.[1];
      let call: string | undefined;
      for (let up = (matrix ?? node.node).parent; up !== null && call === undefined; up = up.parent) {
        if (up.name === "FunctionCall") call = /^(\w+)/.exec(expr.slice(up.from, up.to))?.[1];
        else if (up.name === "AggregateExpr" || up.name === "BinaryExpr") break;
      }
      found.push({ metric, matchers, ...(call !== undefined && { call }), ...(range !== undefined && { range }) });
    },
  });
  return found;
}
