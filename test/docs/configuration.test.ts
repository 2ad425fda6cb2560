import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/index.ts";
import { readText } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const page = readText("docs/configuration.md");
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");

describe("docs/configuration.md", () => {
  test.each(examples)("has an example that is right: %s", (yaml) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "engine.yaml"), yaml);
    expect(loadConfig({ cwd, env: {}, flags: {} }).diagnostics).toEqual([]);
  });

  test("has an example of every type of connection, and of no other", () => {
    const { definitions } = JSON.parse(readText("schemas/engine.schema.json")) as {
      definitions: { connection: { oneOf: { properties: { type: { const: string } } }[] } };
    };
    const types = definitions.connection.oneOf.map(({ properties }) => properties.type.const);
    const listed = [...page.matchAll(/^\| `([a-z_]+)` \| `[^|]+\| [^|]+ \|$/gm)].map((match) => match[1] ?? "");
    expect(listed.filter((type) => types.includes(type))).toEqual(types);
    for (const type of types) expect(examples.join("")).toContain(`type: ${type}`);
  });
});
