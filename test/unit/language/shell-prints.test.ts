import { describe, expect, test } from "vitest";
import { printedVariables } from "../../../src/language/expressions/shell-prints.ts";

/** What is printed of `$T` and `$U`, as `text -> where`. */
function printed(script: string): readonly string[] {
  return printedVariables(script, new Set(["T", "U"])).map(
    ({ start, end, to }) => `${script.slice(start, end)} -> ${to}`,
  );
}

describe("what a script prints of a variable", () => {
  test.each([
    ["echo $T", ["$T -> log"]],
    ['echo "token: $T"', ["$T -> log"]],
    ['printf "%s\\n" "${T}"', ["${T} -> log"]],
    ["echo ${T:-none} $U", ["${T:-none} -> log", "$U -> log"]],
    ['echo "$T" >&2', ["$T -> log"]],
    ['echo "$T" 2>/dev/null', ["$T -> log"]],
    ['echo "$T" > /dev/stderr', ["$T -> log"]],
    ['ls\nif [ -n "$T" ]; then\n  echo "is $T"\nfi\n', ["$T -> log"]],
    ['for f in *; do echo "$f $T"; done', ["$T -> log"]],
    ['cat list | while read -r f; do echo "$f $T"; done', ["$T -> log"]],
    ['test -n "$T" && echo $T || exit 1', ["$T -> log"]],
    ['echo "${{ ds }} }} $T"', ["$T -> log"]],
    ['echo "t=$T" >> "$ENGINE_OUTPUT"', ["$T -> output"]],
    ['echo "t=${T}" >> ${ENGINE_OUTPUT}', ["${T} -> output"]],
    ['if true; then echo "t=$T"; fi >> "$ENGINE_OUTPUT"', ["$T -> output"]],
    ["cat <<EOF\nx\nEOF\necho $T", ["$T -> log"]],
    ["case $x in a) echo $T;; esac", ["$T -> log"]],
  ])("%s", (script, expected) => expect(printed(script)).toEqual(expected));

  test.each([
    'curl -H "Bearer $T" https://example.com',
    'echo "$T" | docker login --password-stdin',
    'echo "$T" > key.pem',
    'echo "$T" >> "$file"',
    'echo "$T" &> log',
    'echo "$T" >&3',
    'printf -v header "Bearer %s" "$T"',
    "echo '$T'",
    "echo \\$T",
    "echo $TOKEN ${TT}",
    "echo ${#T} ${T:+set} ${T:0:2}",
    "# echo $T",
    'x=$(echo "$T" | base64)',
    'echo "$(curl -H "$T" https://example.com)"',
    "key <(echo $T)",
    '(echo "$T"; ls) | gpg',
    '{ echo "$T"; } > key.pem',
    'show() { echo "$T"; }\nshow | gpg',
    'while read -r f; do echo "$T"; done < list > keys',
    'if true; then echo "$T"; fi | gpg',
    'for f in *; do if true; then echo "$T"; fi; done > keys',
    "cat > run.sh <<EOF\necho $T\nEOF",
    "cat <<'EOF'\necho $T\nEOF",
    'exec > log.txt\necho "$T"',
    'ssh host "echo $T"',
    'echo x > "$T"',
    'args=(echo "$T")',
  ])("nothing: %s", (script) => expect(printed(script)).toEqual([]));

  test("whatever the script, it ends", () => {
    for (const script of [
      "$T".repeat(200_000),
      "echo ${{ ds }} $T\n".repeat(20_000),
      'echo "$T',
      `${"$(".repeat(500)}echo $T`,
      "fi done } echo $T",
      "echo ${T",
      "if ".repeat(2000),
    ]) {
      expect(() => printed(script)).not.toThrow();
    }
  });
});
