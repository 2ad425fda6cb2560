import { casesOf } from "../branches.ts";
import { parseTemplate, wholeExpression } from "../expressions/template.ts";
import type { TaskSource } from "../model.ts";
import type { ListNode, ScalarNode, SourceNode } from "../source.ts";
import type { Check, Finding } from "./check.ts";
import { withoutItem } from "./edits.ts";

export const branchCase: Check = {
  code: "ENG314",
  name: "branch-case",
  severity: "warning",
  summary: "a case of a branch can never match, or names a task twice",
  visit: {
    task(task, _pipeline, { report, text }) {
      for (const finding of repeatedConditions(task)) report(finding);
      const cases = casesOf(task);
      const always = cases.findIndex((each) => each.otherwise);
      for (const [index, { targets }] of cases.entries()) {
        const [first] = targets;
        if (always !== -1 && index > always && first !== undefined) {
          const before = cases[always]?.targets[0];
          report({
            at: first.at,
            message: `this case of \`${task.id}\` never matches, because the \`else\` before it always does`,
            hint: "move the `else` to the end",
            ...(before === undefined ? {} : { related: [{ at: before.at, message: "the `else`" }] }),
          });
        }
        for (const [position, target] of targets.entries()) {
          const earlier = targets.slice(0, position).find((each) => each.id === target.id);
          if (earlier === undefined) continue;
          const list = listWith(task.operator?.node, target.at);
          const cut = list === undefined ? undefined : withoutItem(text, list, list.items.indexOf(target.at));
          report({
            at: target.at,
            message: `this case of \`${task.id}\` names \`${target.id}\` twice`,
            hint: "keep one of the two",
            related: [{ at: earlier.at, message: "the first one" }],
            fix: cut && { title: `remove the second \`${target.id}\``, safe: true, edits: [{ at: cut, text: "" }] },
          });
        }
      }
    },
  },
};

/** Conditions that a case above has asked already: whatever the answer, nothing comes to this one. */
function repeatedConditions(task: TaskSource): readonly Finding[] {
  const { spec, node } = task.operator ?? {};
  if (!spec?.branch || node?.kind !== "list") return [];
  const first = new Map<string, ScalarNode>();
  return node.items.flatMap((item) => {
    const condition = item.kind === "map" ? item.get("if") : undefined;
    if (condition?.kind !== "scalar" || typeof condition.value !== "string") return [];
    const asked = (wholeExpression(parseTemplate(condition.text))?.source ?? condition.text).trim();
    const earlier = first.get(asked);
    if (earlier === undefined) {
      first.set(asked, condition);
      return [];
    }
    return {
      at: condition,
      message: `this case of \`${task.id}\` never matches, because one before it asks the same`,
      hint: "name its tasks in the one before, or ask for something else",
      related: [{ at: earlier, message: "the same condition" }],
    };
  });
}

/** The list inside a value in which an item stands. */
function listWith(node: SourceNode | undefined, item: SourceNode): ListNode | undefined {
  if (node === undefined || node.kind === "scalar") return undefined;
  if (node.kind === "list" && node.items.includes(item)) return node;
  const inner = node.kind === "list" ? node.items : node.entries.map((entry) => entry.value);
  for (const each of inner) {
    const found = listWith(each, item);
    if (found !== undefined) return found;
  }
  return undefined;
}
