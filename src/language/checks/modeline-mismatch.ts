import type { PipelineSource } from "../model.ts";
import type { Check } from "./check.ts";

/** The schema of engine.yaml, which lies beside that of pipelines. */
const OTHER_SCHEMA = "engine.schema.json";

/** Where schemas of everything lie that isn't this project's. */
const SCHEMA_STORE = /^https?:\/\/(www\.)?(json\.)?schemastore\.org\//i;

export const modelineMismatch: Check = {
  code: "ENG208",
  name: "modeline-mismatch",
  severity: "warning",
  summary: "the comment that names the schema for editors names another one than that of pipelines",
  visit: {
    pipeline(pipeline, { report }) {
      const modeline = modelineOf(pipeline);
      if (modeline === undefined) return;
      const { schema, start } = modeline;
      const at = { start, end: start + schema.length };
      const hint = "write `engine schema pipeline` to a file and name that: `# yaml-language-server: $schema=FILE`";
      const name = schema.split(/[?#]/)[0]?.split("/").at(-1) ?? "";
      if (name === OTHER_SCHEMA) {
        report({
          at,
          message: "this is the schema of engine.yaml, and an editor would call every key here wrong",
          hint,
        });
      } else if (SCHEMA_STORE.test(schema) && !name.includes("engine")) {
        report({ at, message: `\`${name}\` is the schema of something else, and an editor would go by it`, hint });
      }
    },
  },
};

/** The schema that the comments at the top of a file name for editors. */
function modelineOf({
  text: { text },
}: PipelineSource): { readonly schema: string; readonly start: number } | undefined {
  // What looks like a comment further down may stand in a script.
  const top = /^(?:[ \t]*(?:#.*|---[ \t]*)?\r?(?:\n|$))*/.exec(text)?.[0] ?? "";
  const match = /^([ \t]*#\s*yaml-language-server\s*:.*?\$schema=)(\S+)/m.exec(top);
  const [, before = "", schema] = match ?? [];
  return match === null || schema === undefined ? undefined : { schema, start: match.index + before.length };
}
