import { parser } from "@prometheus-io/lezer-promql";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** Which labels the series of an expression have: undefined where that can't be told, "scalar" where there are no series. */
export type Labels = ReadonlySet<string> | "scalar" | undefined;

/** Labels of a metric or of a recorded series; undefined for one that nobody knows. */
export type LabelsOfMetric = (metric: string) => ReadonlySet<string> | undefined;

/**
 * Follows labels through an expression as Prometheus does. `problems`: where series can't meet, because one side hasn't a label
 * that they are matched by, or because the sides differ in labels and nothing says which count; and labels that are asked for
 * and never there.
 */
export function followLabels(
  expr: string,
  labelsOfMetric: LabelsOfMetric,
): { readonly labels: Labels; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const textOf = ({ from, to }: SyntaxNode): string => expr.slice(from, to);
  const labels = follow(parser.parse(expr).topNode.firstChild);
  return { labels, problems };

  function follow(node: SyntaxNode | null): Labels {
    if (node === null) return undefined;
    switch (node.name) {
      case "NumberDurationLiteral":
      case "StringLiteral":
        return "scalar";
      case "VectorSelector":
        return ofSelector(node);
      case "ParenExpr":
      case "MatrixSelector":
      case "SubqueryExpr":
      case "OffsetExpr":
      case "StepInvariantExpr":
        return follow(node.firstChild);
      case "UnaryExpr":
        return follow(node.lastChild);
      case "AggregateExpr":
        return ofAggregate(node);
      case "FunctionCall":
        return ofCall(node);
      case "BinaryExpr":
        return ofBinary(node);
      default:
        throw new Error(`${node.name} is not known here: ${textOf(node)}`);
    }
  }

  function ofSelector(node: SyntaxNode): Labels {
    const metric = node.getChild("Identifier");
    const known = metric === null ? undefined : labelsOfMetric(textOf(metric));
    for (const matcher of node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? []) {
      const label = matcher.getChild("LabelName");
      if (known !== undefined && label !== null && !known.has(textOf(label)))
        problems.push(`promql/impossible: ${textOf(node)} has no label ${textOf(label)}`);
    }
    return known;
  }

  function ofAggregate(node: SyntaxNode): Labels {
    const inner = follow(node.getChild("FunctionCallBody")?.lastChild ?? null);
    const modifier = node.getChild("AggregateModifier");
    const names = namesIn(modifier);
    const isOneOfThem = /^(topk|bottomk|limitk|limit_ratio)$/.test(textOf(node.getChild("AggregateOp") as SyntaxNode));
    if (inner === "scalar" || inner === undefined)
      return modifier?.getChild("By") && !isOneOfThem ? new Set(names) : inner;
    for (const name of names) {
      if (!inner.has(name))
        problems.push(`promql/impossible: what is aggregated has no label ${name}: ${textOf(node)}`);
    }
    if (isOneOfThem) return inner;
    if (modifier?.getChild("Without")) return new Set([...inner].filter((label) => !names.includes(label)));
    return new Set(names);
  }

  function ofCall(node: SyntaxNode): Labels {
    const name = textOf(node.getChild("FunctionIdentifier") as SyntaxNode);
    const args: SyntaxNode[] = [];
    for (let arg = node.getChild("FunctionCallBody")?.firstChild ?? null; arg !== null; arg = arg.nextSibling)
      args.push(arg);
    if (name === "time") return "scalar";
    if (name === "vector") return new Set();
    const followed = args.map(follow);
    if (name === "absent" || name === "absent_over_time") return undefined;
    if (name === "scalar") return "scalar";
    const given = followed.find((labels) => labels !== "scalar");
    if (name === "histogram_quantile" && given instanceof Set) {
      if (!given.has("le")) problems.push(`promql/impossible: buckets without le: ${textOf(node)}`);
      return new Set([...given].filter((label) => label !== "le"));
    }
    if (name === "label_replace" && given instanceof Set)
      return new Set([...given, JSON.parse(textOf(args[1] as SyntaxNode))]);
    return given;
  }

  function ofBinary(node: SyntaxNode): Labels {
    const [left, right] = [follow(node.firstChild), follow(node.lastChild)];
    if (left === "scalar") return right;
    if (right === "scalar") return left;
    const clause = node.getChild("MatchingModifierClause");
    const isSetOperation = ["And", "Or", "Unless"].some((name) => node.getChild(name) !== null);
    const named = clause === null ? [] : namesIn(clause);
    if (clause?.getChild("On")) {
      for (const [side, labels] of Object.entries({ left, right })) {
        for (const name of named)
          if (labels instanceof Set && !labels.has(name))
            problems.push(`promql/vector_matching: the ${side} side has no label ${name}: ${textOf(node)}`);
      }
    } else if (left instanceof Set && right instanceof Set && node.getChild("Or") === null) {
      const counted = (labels: ReadonlySet<string>) =>
        [...labels]
          .filter((label) => !named.includes(label))
          .sort()
          .join();
      if (counted(left) !== counted(right))
        problems.push(`promql/vector_matching: {${counted(left)}} never meets {${counted(right)}}: ${textOf(node)}`);
    }
    if (isSetOperation) return left;
    const grouped = clause?.getChild("GroupLeft") ?? clause?.getChild("GroupRight");
    if (grouped) {
      const [many, one] = grouped.name === "GroupLeft" ? [left, right] : [right, left];
      const taken =
        clause?.lastChild?.name === "GroupingLabels" && clause.getChildren("GroupingLabels").length > 1
          ? labelNames(clause.lastChild)
          : [];
      for (const name of taken)
        if (one instanceof Set && !one.has(name))
          problems.push(`promql/vector_matching: there is no label ${name} to take: ${textOf(node)}`);
      return many instanceof Set ? new Set([...many, ...taken]) : undefined;
    }
    return clause?.getChild("On") ? new Set(named) : left;
  }

  /** Of `by (…)`, or of the first list of a match. */
  function namesIn(node: SyntaxNode | null): readonly string[] {
    return labelNames(node?.getChild("GroupingLabels") ?? null);
  }

  function labelNames(node: SyntaxNode | null): readonly string[] {
    return (node?.getChildren("LabelName") ?? []).map(textOf);
  }
}
