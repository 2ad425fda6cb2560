import { describe, expect, test } from "vitest";
import { pipeline_schema } from "../../../src/language/definition/pipeline.ts";
import { inOrder, pipelineOrder } from "../../../src/language/format/order.ts";
import { formatFile } from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { readText } from "../../support/repository.ts";

function format(text: string, isPipeline = true): string {
  const formatted = formatFile({ path: "a.yaml", text }, { operators, isPipeline });
  if (!formatted.ok) throw new Error(formatted.diagnostics.map(({ message }) => message).join("; "));
  return formatted.after;
}

/** Lines as one text. */
const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join("");

describe("keys", () => {
  test("of a pipeline and of a task stand in their order, and with them what is said about them", () => {
    const before = lines(
      "tasks:",
      "  # Loads.",
      "  load:",
      "    bash: ./load.sh   # quick",
      "",
      "    # It hangs at times.",
      "    # Not for long.",
      "    timeout: 5m",
      "    needs: prepare",
      "  prepare: { noop: {} }",
      "# Who.",
      "owner: me",
      "name: orders",
    );
    const after = lines(
      "name: orders",
      "# Who.",
      "owner: me",
      "tasks:",
      "  # Loads.",
      "  load:",
      "    needs: prepare",
      "",
      "    # It hangs at times.",
      "    # Not for long.",
      "    timeout: 5m",
      "    bash: ./load.sh   # quick",
      "  prepare: { noop: {} }",
    );
    expect(format(before)).toBe(after);
  });

  test("of the long forms of schedule, catchup, retries, defaults, slo and metrics too", () => {
    const before = lines(
      "schedule:",
      "  timezone: UTC",
      "  catchup:",
      "    max: 5",
      "    policy: all",
      '  cron: "@daily"',
      "defaults:",
      "  timeout: 1h",
      "  retries:",
      "    delay: 1m",
      "    count: 2",
      "tasks:",
      "  a:",
      "    noop: {}",
      "    metrics:",
      "      rows_b:",
      "        value: 1",
      "        type: gauge",
      "      rows_a: { value: 1, type: gauge }",
      "slo:",
      "  freshness: 1d",
      "  success_rate: 99%",
    );
    expect(format(before)).toBe(
      lines(
        "schedule:",
        '  cron: "@daily"',
        "  timezone: UTC",
        "  catchup:",
        "    policy: all",
        "    max: 5",
        "defaults:",
        "  retries:",
        "    count: 2",
        "    delay: 1m",
        "  timeout: 1h",
        "tasks:",
        "  a:",
        "    noop: {}",
        "    metrics:",
        "      rows_b:",
        "        type: gauge",
        "        value: 1",
        "      rows_a: { value: 1, type: gauge }",
        "slo:",
        "  success_rate: 99%",
        "  freshness: 1d",
      ),
    );
  });

  test("that are a person's own keep their order: tasks, params, variables, outputs, schemas", () => {
    const text = lines(
      "params:",
      "  zeta:",
      "    default: 1",
      "    type: integer",
      "  alpha: 2",
      "env:",
      "  Z: 1",
      "  A: 2",
      "tasks:",
      "  second:",
      "    bash: ./b.sh",
      "    outputs:",
      "      z: string",
      "      a: string",
      "  first: { noop: {} }",
    );
    expect(format(text)).toBe(text);
  });

  test("that nobody knows stay behind the one that they follow, and of duplicates the first stays the first", () => {
    const before = lines(
      "tasks:",
      "  a:",
      "    bash: x",
      "    colour: red",
      "    needs: b",
      "    needs: c",
      "  b: { noop: {} }",
    );
    const after = lines(
      "tasks:",
      "  a:",
      "    needs: b",
      "    needs: c",
      "    bash: x",
      "    colour: red",
      "  b: { noop: {} }",
    );
    expect(format(before)).toBe(after);
  });

  test("of which nobody knows one stay in turn with its duplicate", () => {
    const before = ["tasks:", "  a:", "    bash: x", "    colour: red", "    needs: b", "    colour: blue"];
    const after = ["tasks:", "  a:", "    needs: b", "    bash: x", "    colour: red", "    colour: blue"];
    expect(format(lines(...before))).toBe(lines(...after));
  });

  test("with an alias never come before its anchor, and two of the same anchor never change places", () => {
    const text = lines(
      "tasks: &all",
      "  a: &task",
      "    bash: &run ./a.sh",
      "    cwd: *run",
      "  b: *task",
      "name: *run",
    );
    expect(format(text)).toBe(text);
    const twice = lines("tasks:", "  a:", "    bash: &x ./a.sh", "    cwd: &x b", "    doc: *x");
    expect(format(twice)).toBe(twice);
    const free = lines("tasks:", "  a:", "    bash: *run", "    doc: x", "    timeout: &run 5m");
    expect(() => format(free)).toThrow("no anchor");
    const mixed = lines(
      "tasks:",
      "  a:",
      "    bash: &run ./a.sh",
      "    cwd: *run",
      "    needs: b",
      "  b: { noop: {} }",
    );
    expect(format(mixed)).toBe(
      lines("tasks:", "  a:", "    needs: b", "    bash: &run ./a.sh", "    cwd: *run", "  b: { noop: {} }"),
    );
  });

  test("of the definition all have their place", () => {
    const order = pipelineOrder(operators.keys());
    const task = order.inner?.tasks?.inner?.["*"];
    expect([...order.keys].sort()).toEqual(Object.keys(pipeline_schema.properties).sort());
    const known = [...Object.keys(pipeline_schema.definitions.task.properties), ...operators.keys()];
    expect([...(task?.keys ?? [])].sort()).toEqual(known.sort());
    expect(
      Object.keys(pipeline_schema.definitions.defaults.properties).filter(
        (key) => !order.inner?.defaults?.keys.includes(key),
      ),
    ).toEqual([]);
  });

  test("are taken in turn where each waits for another", () => {
    const entry = (key: string, anchors: string[], aliases: string[]) => ({
      key,
      anchors: new Set(anchors),
      aliases: new Set(aliases),
    });
    const entries = [entry("b", ["x"], []), entry("a", ["y"], ["x"]), entry("c", [], ["y"])];
    expect(inOrder(entries, { keys: ["c", "a", "b"] }).map(({ key }) => key)).toEqual(["b", "a", "c"]);
  });
});

describe("the layout", () => {
  test("is two columns a level, list items too", () => {
    const before = lines(
      "tasks:",
      "     a:",
      "        needs:",
      "        -   b",
      "        - c   # third",
      "        for_each:",
      "        -   x: 1",
      "            y:",
      "              - - 1",
      "                - 2",
      "        -",
      "           x: 2",
      "        noop: {}",
    );
    const after = lines(
      "tasks:",
      "  a:",
      "    needs:",
      "      - b",
      "      - c   # third",
      "    for_each:",
      "      - x: 1",
      "        y:",
      "          - - 1",
      "            - 2",
      "      -",
      "        x: 2",
      "    noop: {}",
    );
    expect(format(before)).toBe(after);
  });

  test("has one empty line where there were more, and none at the beginning or the end", () => {
    const before = "\n\nname: a\n\n\n\ntasks:\n\n  a: { noop: {} }\n  \n\n  b: { noop: {} }\n\n\n";
    expect(format(before)).toBe("name: a\n\ntasks:\n  a: { noop: {} }\n\n  b: { noop: {} }\n");
  });

  test("sets an entry of several lines apart when it moves among others that are", () => {
    const before = lines("tasks:", "  a: { noop: {} }", "", "params:", "  x: 1", "", "name: a", "timeout: 1h");
    expect(format(before)).toBe(
      lines("name: a", "timeout: 1h", "", "params:", "  x: 1", "", "tasks:", "  a: { noop: {} }"),
    );
  });

  test("adds no empty line to a block scalar that would keep it", () => {
    const before = lines(
      "tasks:",
      "    a: { noop: {} }",
      "",
      "params:",
      "    x: 1",
      "",
      "doc: |+",
      "    kept",
      "name: a",
    );
    const after = lines("name: a", "", "doc: |+", "  kept", "params:", "  x: 1", "", "tasks:", "  a: { noop: {} }");
    expect(format(before)).toBe(after);
  });

  test("keeps a comment under a block scalar out of it", () => {
    const before = lines("tasks:", "  a:", "    bash: |", "            x", "       # odd", "  b: { noop: {} }");
    expect(format(before)).toBe(lines("tasks:", "  a:", "    bash: |", "      x", "    # odd", "  b: { noop: {} }"));
  });

  test("leaves what stands on a line: quotes, blanks, braces, columns, long lines", () => {
    const text = lines(
      `description:   'it''s ${"long ".repeat(60)}'`,
      "params:",
      "  a:        { type: integer,default: 1 }   # here",
      '  longer:   {type: string, default: "x"}   # there',
      "tasks: { a: { noop: {} } }",
    );
    expect(format(text)).toBe(text);
  });

  test("shifts block scalars as they are, with their indentation and their empty lines", () => {
    const before = lines(
      "tasks:",
      "    a:",
      "        bash: |",
      "",
      "            first",
      "              deeper   ",
      "            # no comment",
      "",
      "            \ttab",
      "    b:",
      "        bash: |2-",
      "             five",
      "          two",
      "    c:",
      "        bash: >+",
      "            folded",
      "            more",
      "",
      "",
      "    # after",
      "    d:",
      "        bash: |+",
      "            keeps",
      "",
      "",
    );
    const after = format(before);
    expect(after).toBe(
      lines(
        "tasks:",
        "  a:",
        "    bash: |",
        "",
        "      first",
        "        deeper   ",
        "      # no comment",
        "",
        "      \ttab",
        "  b:",
        "    bash: |2-",
        "         five",
        "      two",
        "  c:",
        "    bash: >+",
        "      folded",
        "      more",
        "",
        "",
        "  # after",
        "  d:",
        "    bash: |+",
        "      keeps",
        "",
        "",
      ),
    );
  });

  test("shifts values of several lines in quotes, in brackets and without either", () => {
    const before = lines(
      "description:",
      "      begins on a line",
      "      of its own",
      "tasks:",
      "    a:",
      '        bash: "one \\',
      "          two",
      "",
      '          three"',
      "        needs: [",
      "            b,   # the only one",
      "        ]",
    );
    expect(format(before)).toBe(
      lines(
        "description:",
        "  begins on a line",
        "  of its own",
        "tasks:",
        "  a:",
        "    needs: [",
        "        b,   # the only one",
        "    ]",
        '    bash: "one \\',
        "      two",
        "",
        '      three"',
      ),
    );
  });

  test("gives comments the column of what they are about", () => {
    const before = lines(
      "tasks:",
      "# of a",
      "  a:",
      "        # of bash",
      "      bash: x",
      "      # at the end of a",
      "    # of b",
      "  b:",
      "      noop: {}",
      "  # at the end of tasks",
      "# at the end",
    );
    expect(format(before)).toBe(
      lines(
        "tasks:",
        "  # of a",
        "  a:",
        "    # of bash",
        "    bash: x",
        "    # at the end of a",
        "    # of b",
        "  b:",
        "    noop: {}",
        "  # at the end of tasks",
        "# at the end",
      ),
    );
  });

  test("keeps at the top what is said of the file: modeline, licence, and all above an empty line", () => {
    const header = ["# SPDX-License-Identifier: Apache-2.0", "# yaml-language-server: $schema=pipeline.schema.json"];
    const belowThese = (...above: string[]) =>
      lines(...above, "name: a", "# of the tasks", "tasks: { a: { noop: {} } }");
    expect(format(lines(...header, "# of the tasks", "tasks: { a: { noop: {} } }", "name: a"))).toBe(
      belowThese(...header),
    );
    expect(format(lines("# The file.", "", "# of the tasks", "tasks: { a: { noop: {} } }", "name: a"))).toBe(
      belowThese("# The file.", ""),
    );
  });

  test("keeps line ends, byte order mark, directives and marks of a document; ends with a line end", () => {
    expect(format("tasks:\r\n    a: { noop: {} }\r\nname: a")).toBe("name: a\r\ntasks:\r\n  a: { noop: {} }\r\n");
    expect(format("\uFEFFtasks: { a: { noop: {} } }\nname: a\n")).toBe("\uFEFFname: a\ntasks: { a: { noop: {} } }\n");
    expect(format("%YAML 1.2\n# c\n---\ntasks: { a: { noop: {} } }\nname: a\n# end\n...\n")).toBe(
      "%YAML 1.2\n# c\n---\nname: a\ntasks: { a: { noop: {} } }\n# end\n...\n",
    );
  });

  test("leaves forms alone that could not be shifted without a doubt", () => {
    for (const text of [
      "? tasks\n: a:\n      noop: {}\n",
      "tasks:\n    &all\n    a: { noop: {} }\n",
      "{ tasks: { a:   { noop: {} } }, name: a }\n",
      "tasks:\n    a:\n        bash:\n            |\n            x\n",
    ]) {
      expect(format(text)).toBe(text);
    }
  });

  test("of a file that is no pipeline leaves the keys where they are", () => {
    const text = lines("pools:", "    gpu: 1", "data: .engine");
    expect(format(text, false)).toBe(lines("pools:", "  gpu: 1", "data: .engine"));
  });
});

test("a file that is no YAML is refused with what is wrong, and one with other findings is not", () => {
  const refused = formatFile({ path: "a.yaml", text: "tasks: [\n" }, { operators, isPipeline: true });
  expect(refused).toMatchObject({ ok: false, diagnostics: [{ code: "ENG101" }] });
  expect(format("tasks:\n    a: { bahs: x }\n")).toBe("tasks:\n  a: { bahs: x }\n");
});

test("the example of the docs is what comes out", () => {
  const [before, after] = [...readText("docs/formatting.md").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    (match) => match[1] ?? "",
  );
  expect(format(before ?? "")).toBe(after);
});
