import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { compile } from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { ROOT } from "../../support/repository.ts";

const all = [...operators.values()];

describe("every operator", () => {
  test("is listed by its name, and every module is listed", () => {
    expect([...operators.keys()]).toEqual(all.map(({ name }) => name));
    const modules = readdirSync(join(ROOT, "src/operators"), { withFileTypes: true })
      .filter((entry) => entry.isFile() && !["index.ts", "operator.ts"].includes(entry.name))
      .map((entry) => entry.name.replace(/\.ts$/, ""));
    expect(modules.sort()).toEqual([...operators.keys()].sort());
  });

  test.each(all)(
    "$name accepts the examples of its schema, and normalising them twice changes nothing of the keys",
    (operator) => {
      const examples = operator.schema.examples as never[];
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        expect(operator.validate?.(example)).toBe(true);
        const config = operator.normalise(example);
        for (const key of [...operator.shell_keys, ...operator.expression_keys]) expect(config).toHaveProperty(key);
      }
    },
  );

  test.each(all)(
    "$name names only keys in its docs' examples that exist: each is a valid piece of a pipeline",
    ({ docs }) => {
      const blocks = [...docs.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
      expect(blocks.length).toBeGreaterThan(0);
      for (const block of blocks) {
        expect(parseDocument(block).errors).toEqual([]);
        const { diagnostics } = compile({ path: "docs.yaml", bytes: new TextEncoder().encode(block) }, { operators });
        expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([]);
      }
    },
  );
});
