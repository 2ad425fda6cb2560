import { placeText, printable } from "./frame.ts";
import { type Report, sentenceOf } from "./report.ts";

/** One line a finding: `file:line:column: error[ENG302] what is wrong: what to do`. */
export function formatConcise({ diagnostics }: Pick<Report, "diagnostics">): string {
  return diagnostics
    .map((each) => {
      const place = placeText(each.file, each.range.start);
      return `${place}: ${each.severity}[${each.code}] ${printable(sentenceOf(each))}\n`;
    })
    .join("");
}
