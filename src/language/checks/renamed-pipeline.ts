import { type ChangeCheck, headOf, type PipelineVersion } from "../changes/change.ts";
import type { Diagnostic } from "../diagnostic.ts";

/** Found when pipelines are compared with an earlier revision. */
export const renamedPipeline: ChangeCheck = {
  code: "ENG911",
  name: "renamed-pipeline",
  severity: "warning",
  summary: "a pipeline was renamed or removed, so the history of its runs is left behind",
  conditional: true,
  visit: {},
  change({ revision, before, after }, { report }) {
    const { name } = before;
    if (after === undefined) {
      report({
        file: before.file,
        range: before.text.range(before.source?.nameAt ?? { start: 0, end: 0 }),
        message: `the pipeline \`${name}\` is gone since \`${revision}\`, and leaves the history of its runs behind`,
        hint: `if it goes on in another file, write \`name: ${name}\` there`,
      });
    } else if (after.name !== name && after.source !== undefined) {
      report({
        file: after.file,
        range: after.text.range(headOf(after.source)),
        message: `this pipeline was called \`${name}\` at \`${revision}\`: as \`${after.name}\` it begins without a history`,
        hint: `write \`name: ${name}\` to keep the history of its runs`,
        ...withFix(name, after),
      });
    }
  },
};

/** Gives the pipeline its old name. Whether that is wanted, nobody but its author knows. */
function withFix(name: string, { text, source }: PipelineVersion): Pick<Diagnostic, "fix"> {
  const node = source?.root.get("name");
  const [first] = source?.root.entries ?? [];
  const title = `call it \`${name}\` again`;
  if (node !== undefined) return { fix: { title, safe: false, edits: [{ range: text.range(node), text: name }] } };
  // In braces a new line would be none.
  if (first === undefined || text.position(first.keyNode.start).column !== 1) return {};
  const at = text.range({ start: first.keyNode.start, end: first.keyNode.start });
  return { fix: { title, safe: false, edits: [{ range: at, text: `name: ${name}\n` }] } };
}
