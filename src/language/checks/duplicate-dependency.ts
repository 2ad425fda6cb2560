import type { FindingFix } from "../mend.ts";
import type { NeedSource } from "../model.ts";
import type { Span } from "../text.ts";
import type { Check } from "./check.ts";
import { withoutItem } from "./edits.ts";

export const duplicateDependency: Check = {
  code: "ENG312",
  name: "duplicate-dependency",
  severity: "warning",
  summary: "`needs` names the same task twice",
  visit: {
    task(task, _pipeline, { report, text }) {
      const list = task.node.get("needs");
      const first = new Map<string, NeedSource>();
      for (const need of task.needs) {
        const earlier = first.get(need.id);
        if (earlier === undefined) {
          first.set(need.id, need);
          continue;
        }
        const cut = list?.kind === "list" ? withoutItem(text, list, list.items.indexOf(need.node)) : undefined;
        report({
          at: need.node,
          message: `\`${task.id}\` needs \`${need.id}\` twice`,
          hint: "keep one of the two",
          related: [{ at: earlier.node, message: "the first one" }],
          ...(cut === undefined ? {} : { fix: removal(need.id, cut) }),
        });
      }
    },
  },
};

/** An edge counts once, however often it is written. */
function removal(id: string, cut: Span): FindingFix {
  return { title: `remove the second \`${id}\``, safe: true, edits: [{ at: cut, text: "" }] };
}
