import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findProgram, shellcheckWith } from "../../../src/catalog/index.ts";
import { checkFiles, type Diagnostic } from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-shellcheck-test-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A program of a few lines in the temporary folder. */
function program(lines: string): string {
  const path = join(folder, "shellcheck");
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

const VERSION = 'if [ "$1" = --version ]; then echo "version: 9.9.9"; exit; fi';

describe("a tool that is not what it should be", () => {
  test("has no answer when there is no such program", () => {
    expect(shellcheckWith(join(folder, "missing"), folder).find(["echo $x"])).toBeUndefined();
  });

  test.each(["exit 2", "echo nonsense", "echo '{}'", "kill -9 $$"])("has no answer when it fails: %s", (end) => {
    const tool = shellcheckWith(program(`${VERSION}\n${end}`), folder);
    expect(tool.find(["echo $x", "ls"])).toBeUndefined();
  });

  test("has another identity with other settings", () => {
    const path = program(VERSION);
    const before = shellcheckWith(path, folder).identity;
    writeFileSync(join(folder, ".shellcheckrc"), "disable=SC2086\n");
    expect(before).toContain("9.9.9");
    expect(shellcheckWith(path, folder).identity).not.toBe(before);
  });
});

test("its lines and columns become places in the script, whatever the characters", () => {
  const answer = (file: string): string =>
    JSON.stringify({
      comments: [
        { file, line: 3, endLine: 3, column: 7, endColumn: 9, code: 2086, level: "info", message: "Quote this. " },
      ],
    }).replace(`"${file}"`, '"\'"$7"\'"');
  // Its seventh argument is the second script.
  const tool = shellcheckWith(program(`${VERSION}\necho '${answer("FILE")}'`), folder);
  const script = "a=1\necho 😀$a\n";
  const start = script.indexOf("$a");
  expect(tool.find(["ls", script])?.[1]).toEqual([{ code: "SC2086", message: "Quote this", start, end: start + 2 }]);
});

const real = findProgram("shellcheck", process.env.PATH);

test("in CI the real shellcheck is installed, so that nothing below is left out there", () => {
  expect(real !== undefined || process.env.CI !== "true", "install shellcheck, as .ci/run does").toBe(true);
});

// It is a program of its own that a machine may lack; with it, these try what the stand-in of the fixtures can't.
describe.skipIf(real === undefined)("the real shellcheck, where it is installed", () => {
  function findings(yaml: string): readonly string[] {
    const shellcheck = shellcheckWith(real ?? "", folder);
    const { diagnostics } = checkFiles([{ path: "a.yaml", text: yaml }], { operators, shellcheck });
    return diagnostics.map(
      ({ message, range }: Diagnostic) =>
        `${/SC\d+/.exec(message)?.[0]} ${yaml.slice(range.start.offset, range.end.offset)}`,
    );
  }

  const params = "params: { name: x, count: 3 }\n";

  test.each([
    ["a literal block", "    bash: |\n      ls\n        rm -r $folder\n", ["SC2086 $folder"]],
    ["a folded block", "    bash: >\n      ls;\n      rm -r\n      $folder\n", ["SC2086 $folder"]],
    ["quotes", '    bash: "ls\\n\\trm -r $folder"\n', ["SC2086 $folder"]],
    ["behind expressions", "    bash: rm -r ${{ params.name }} $folder\n", ["SC2086 $folder"]],
    [
      "a block with its indentation written out",
      "    bash: |2-\n        ls\n      rm -r $folder\n",
      ["SC2086 $folder"],
    ],
    [
      "a folded block with deeper lines",
      "    bash: >+\n      ls\n\n        cat $one\n      ls $two\n\n",
      ["SC2086 $one", "SC2086 $two"],
    ],
    ["a plain text over lines", "    bash: ls;\n      rm -r\n      $folder\n", ["SC2086 $folder"]],
    ["single quotes over lines", "    bash: 'ls ''a b''\n\n      rm -r $folder'\n", ["SC2086 $folder"]],
    ["double quotes over lines", '    bash: "ls \\u00e9; \\\n      rm -r $folder"\n', ["SC2086 $folder"]],
    ["a text between braces", "    { bash: rm -r $folder }\n", ["SC2086 $folder"]],
    ["the long form", "    bash:\n      script: |\n        ls\n        rm -r $folder # 😀\n", ["SC2086 $folder"]],
    [
      "a here-document",
      "    bash: |\n      cat <<-END\n      \tx\n      \tEND\n      rm -r $folder\n",
      ["SC2086 $folder"],
    ],
    ["behind letters of two units", "    bash: echo '😀😀' é; rm -r $folder\n", ["SC2086 $folder"]],
    ["an anchor, once", "    bash: &x rm -r $folder\n  b:\n    bash: *x\n", ["SC2086 $folder"]],
    ["Windows line ends", "    bash: |\r\n      ls\r\n      rm -r $folder\r\n", ["SC2086 $folder"]],
  ])("finds what is wrong in %s", (_, task, expected) => {
    expect(findings(`${params}tasks:\n  a:\n${task}`)).toEqual(expected);
  });

  test.each([
    ["an expression as a word", "./run.sh ${{ params.name }} /x/${{ params.name }}.csv"],
    ["an expression in quotes", 'echo "is ${{ params.name }}"'],
    ["an expression as a number", "echo $(( ${{ params.count }} + 1 ))"],
    ["an expression in a here-document", "cat <<EOF\n${{ params.name }}\nEOF"],
    ["an expression in a comment", "# ${{ params.name }}\ntrue"],
    ["variables from elsewhere", 'echo "$PARAM_NAME $lower" >> "$ENGINE_OUTPUT"'],
    ["cd, as a failure ends the script", "cd /tmp\nls"],
    ["a shebang", "#!/usr/bin/env bash\nls"],
    ["its own comments", "# shellcheck disable=SC2086\nrm -r $folder"],
  ])("is silent about %s", (_, script) => {
    expect(findings(`${params}tasks:\n  a:\n    env: { lower: y }\n    bash: ${JSON.stringify(script)}\n`)).toEqual([]);
  });

  test("goes by the repository's settings", () => {
    writeFileSync(join(folder, ".shellcheckrc"), "disable=SC2086\n");
    expect(findings("tasks:\n  a: { bash: 'rm -r $folder' }\n")).toEqual([]);
  });
});
