import { type Dirent, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { loadConfig } from "../../../src/config/index.ts";
import { compile } from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { ROOT } from "../../support/repository.ts";

const all = [...operators.values()];

/** What is no operator: the face, the form, and what brings operators of others. */
const SHARED = new Set(["index.ts", "operator.ts", "plugin-schema.ts", "plugin-types.ts", "plugins.ts"]);

describe("every operator", () => {
  test("is listed by its name, and every module is listed", () => {
    expect([...operators.keys()]).toEqual(all.map(({ name }) => name));
    // An operator is a file, or a folder with a face; a folder without one holds what operators share.
    const isModule = (entry: Dirent): boolean =>
      entry.isFile() ? !SHARED.has(entry.name) : existsSync(join(entry.parentPath, entry.name, "index.ts"));
    const modules = readdirSync(join(ROOT, "src/operators"), { withFileTypes: true })
      .filter(isModule)
      .map((entry) => (entry.isFile() ? entry.name.replace(/\.ts$/, "") : entry.name.replace(/s$/, "")));
    expect(modules.sort()).toEqual([...operators.keys()].sort());
  });

  test.each(all)(
    "$name accepts the examples of its schema, and normalising them twice changes nothing of the keys",
    (operator) => {
      const examples = operator.schema.examples as never[];
      expect(examples.length).toBeGreaterThan(0);
      const seen = new Set<string>();
      for (const example of examples) {
        expect(operator.validate?.(example)).toBe(true);
        const config = operator.normalise(example);
        for (const [key, value] of Object.entries(config)) {
          seen.add(key);
          // Keys that stand deeper are named with dots.
          for (const deeper of Object.keys(Object(value) as object)) seen.add(`${key}.${deeper}`);
        }
      }
      expect([...operator.shell_keys, ...operator.expression_keys].filter((key) => !seen.has(key))).toEqual([]);
    },
  );

  test.each(all)(
    "$name names only keys in its docs' examples that exist: each is a valid piece of a pipeline",
    ({ docs }) => {
      const blocks = [...docs.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
      expect(blocks.length).toBeGreaterThan(0);
      for (const block of blocks) {
        expect(parseDocument(block).errors).toEqual([]);
        if (block.startsWith("connections:")) {
          const textOf = (path: string): string | undefined => (path === "/x/engine.yaml" ? block : undefined);
          const settings = loadConfig({ cwd: "/x", env: {}, flags: {}, textOf });
          expect(settings.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
          expect(settings.file).toBe("engine.yaml");
          continue;
        }
        const { diagnostics } = compile({ path: "docs.yaml", bytes: new TextEncoder().encode(block) }, { operators });
        expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([]);
      }
    },
  );
});
