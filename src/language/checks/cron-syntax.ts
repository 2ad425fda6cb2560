import { parseCron } from "../../schedule/index.ts";
import { holdsExpression } from "../expressions/not-evaluated.ts";
import { replaceText } from "../mend.ts";
import type { Check } from "./check.ts";
import { cronTexts } from "./schedule.ts";

export const cronSyntax: Check = {
  code: "ENG501",
  name: "cron-syntax",
  severity: "error",
  summary: "a cron expression can't be read",
  visit: {
    pipeline(pipeline, { report }) {
      for (const { text, node } of cronTexts(pipeline)) {
        const parsed = parseCron(text);
        if (parsed.ok || holdsExpression(text)) continue;
        const nickname = `@${text.trim().toLowerCase()}`;
        const isNickname = parseCron(nickname).ok;
        for (const { start, end, message, hint } of parsed.problems)
          report({
            at: node.span(start, end),
            message,
            hint: isNickname ? `write \`"${nickname}"\`` : hint,
            fix: isNickname ? replaceText(node, nickname, true) : undefined,
          });
      }
    },
  },
};
