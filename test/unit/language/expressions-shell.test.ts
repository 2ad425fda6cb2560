import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseShellTemplate, rewriteScript } from "../../../src/language/expressions/shell.ts";

/** The script with `${{ x }}` in it, rewritten to refer to `$X1`, `$X2`, …; the place of each as one word. */
function rewrite(script: string): { script: string; places: string[] } {
  const shell = parseShellTemplate(script);
  let count = 0;
  return {
    script: rewriteScript(shell, () => `X${++count}`),
    places: shell.expressions.map(({ context }) =>
      context.type === "refused"
        ? context.kind
        : context.type !== "comment" && context.numeric
          ? "number"
          : context.type,
    ),
  };
}

const place = (script: string) => rewrite(script).places.join(" ");

describe("the place of an expression in a script", () => {
  test.each([
    ["echo ${{ x }}", 'echo "${X1}"'],
    ["echo a${{ x }}b${{ y }}", 'echo a"${X1}"b"${X2}"'],
    ['echo "a ${{ x }} b"', 'echo "a ${X1} b"'],
    ["x=${{ x }} y=1 cmd", 'x="${X1}" y=1 cmd'],
    ["a=(${{ x }} ${{ y }})", 'a=("${X1}" "${X2}")'],
    ["export X=${{ x }}", 'export X="${X1}"'],
    ['export "X=${{ x }}"', 'export "X=${X1}"'],
    ["cat > ${{ x }}", 'cat > "${X1}"'],
    ["cat <<EOF\na ${{ x }}\nEOF\necho ${{ y }}", 'cat <<EOF\na ${X1}\nEOF\necho "${X2}"'],
    ["cat <<-EOF\n\ta ${{ x }}\n\tEOF\necho ${{ y }}", 'cat <<-EOF\n\ta ${X1}\n\tEOF\necho "${X2}"'],
    ["cat <<A <<B\n${{ x }}\nA\n${{ y }}\nB\n", "cat <<A <<B\n${X1}\nA\n${X2}\nB\n"],
    ['echo "$(cat ${{ x }})"', 'echo "$(cat "${X1}")"'],
    ["echo $(cat <<EOF\n${{ x }}\nEOF\n)", "echo $(cat <<EOF\n${X1}\nEOF\n)"],
    ["diff <(cat ${{ x }}) b", 'diff <(cat "${X1}") b'],
    ["echo ${a:-${{ x }}}", 'echo ${a:-"${X1}"}'],
    ['echo "${a:-${{ x }}}"', 'echo "${a:-${X1}}"'],
    ["echo $((${{ x }} + 1))", "echo $((${X1} + 1))"],
    ["[[ ${{ x }} == a ]]", '[[ "${X1}" == a ]]'],
    ["case ${{ x }} in ${{ y }}) echo ${{ z }} ;; esac", 'case "${X1}" in "${X2}") echo "${X3}" ;; esac'],
    ["read -r a <<< ${{ x }}", 'read -r a <<< "${X1}"'],
    ["bash -c 'echo \"$1\"' _ ${{ x }}", 'bash -c \'echo "$1"\' _ "${X1}"'],
    ["echo it\\'s ${{ x }}", 'echo it\\\'s "${X1}"'],
    ["echo $${{ x }}", "echo ${{ x }}"],
    ["if [[ $a ]]; then b; fi # it's\necho ${{ x }}", 'if [[ $a ]]; then b; fi # it\'s\necho "${X1}"'],
    ["[[ $a == *]] ]] && echo ${{ x }}", '[[ $a == *]] ]] && echo "${X1}"'],
    ["a=1 # see ${{ x }}\necho ${{ y }}", 'a=1 # see ${{ x }}\necho "${X1}"'],
    ["echo a#${{ x }}", 'echo a#"${X1}"'],
    ["# ${{ x\n }} b", "# ${{ x  }} b"],
    ["echo \\\n  ${{ x }}", 'echo \\\n  "${X1}"'],
  ])("%j is written %j", (script, expected) => {
    expect(rewrite(script).script).toBe(expected);
  });

  test.each([
    "echo '${{ x }}'",
    "echo $'${{ x }}'",
    "cat <<'EOF'\n${{ x }}\nEOF",
    'cat <<"EOF"\n${{ x }}\nEOF',
    "cat <<\\EOF\n${{ x }}\nEOF",
    "cat <<-'EOF'\n\t${{ x }}\n\tEOF",
    "cat <<E${{ x }}\nE",
    "echo \\${{ x }}",
    'echo "\\${{ x }}"',
  ])("bash would leave %j as it is", (script) => {
    expect(place(script)).toBe("quoting");
  });

  test.each([
    "echo `cat ${{ x }}`",
    'echo "`cat ${{ x }}`"',
    "eval ${{ x }}",
    'eval "echo ${{ x }}"',
    "if true; then eval ${{ x }}; fi",
    "if [[ -f a ]]; then eval ${{ x }}; fi",
    "([[ -f a ]]) && eval ${{ x }}",
    "if [[ $a =~ ^[[:alpha:]]+$ ]]; then b; fi\neval ${{ x }}",
    "function f { eval ${{ x }}; }",
    "f() { eval ${{ x }}; }",
    "case a in a) eval ${{ x }} ;; esac",
    'bash -c "echo ${{ x }}"',
    'sudo -u bob /bin/sh -ec "echo ${{ x }}"',
    "bash -c 'echo ${{ x }}'",
    'su bob -c "echo ${{ x }}"',
    'find . -exec sh -c "echo ${{ x }}" \\;',
    "bash <<EOF\necho ${{ x }}\nEOF",
    "bash -s a <<EOF\necho ${{ x }}\nEOF",
    "bash <<< ${{ x }}",
    'ssh -i key host "rm ${{ x }}"',
    'trap "rm ${{ x }}" EXIT',
    "let n=${{ x }}",
    "unset ${{ x }}",
    "read ${{ x }}",
    "declare ${{ x }}=1",
    "printf -v ${{ x }} a",
    "[[ -v ${{ x }} ]]",
    "test -v ${{ x }}",
    "echo ${${{ x }}}",
    "echo ${a#${{ x }}}",
    "echo ${a/${{ x }}/b}",
    "echo ${a:=${{ x }}}",
    'eval "$(cat ${{ x }})"',
    'bash -c "$(cat ${{ x }})"',
    "source <(echo ${{ x }})",
    "bash <(cat ${{ x }})",
    "echo ${{ x }} | bash",
    "echo ${{ x }} |\n  sudo bash -s",
    "printf '%s' \"rm ${{ x }}\" | tee log | sh -e",
    "cat <<EOF | bash\nrm ${{ x }}\nEOF",
    "cat <<EOF\r\na\r\nEOF\r\neval ${{ x }}",
    "echo $((echo ${{ x }}); echo b)",
    `${"$(".repeat(500)}\${{ x }}`,
  ])("bash would run what stands in %j", (script) => {
    expect(place(script)).toBe("code");
  });

  test.each([
    "echo $((${{ x }}))",
    'echo "$((1 + ${{ x }}))"',
    "((a = ${{ x }}))",
    "for ((i = 0; i < ${{ x }}; i++)); do :; done",
    "echo $[${{ x }}]",
    "a[${{ x }}]=1",
    "a=([${{ x }}]=1)",
    "echo ${a[${{ x }}]}",
    "echo ${a:${{ x }}:2}",
    "[[ ${{ x }} -gt 3 ]]",
    '[[ 3 -lt "${{ x }}" ]]',
    "[[ a == b && $n -eq ${{ x }} ]]",
    "declare -i n=${{ x }}",
  ])("%j takes only a number", (script) => {
    expect(place(script)).toBe("number");
  });

  test.each([
    ["ssh ${{ x }} uptime", "word"],
    ["ssh -i key ${{ x }} uptime", "word"],
    ["[ ${{ x }} -gt 3 ]", "word"],
    ["echo eval ${{ x }}", "word"],
    ["cat ${{ x }} | bash", "word"],
    ["echo ${{ x }} || bash", "word"],
    ["echo ${{ x }} | bash script.sh", "word"],
    ["echo ${{ x }}; a | bash", "word"],
    ["diff <(bash a) <(echo ${{ x }})", "word"],
    ["read a < <(echo ${{ x }})", "word"],
    ["eval 'a' # ${{ x }}", "comment"],
    ["export A=$(cat ${{ x }})", "word"],
    ['echo "$(case a in a) x;; b) echo ${{ x }};; esac)"', "word"],
    ["a=(eval ${{ x }})", "word"],
    ["(cd ${{ x }}; ls)", "word"],
    ["x=$(case a in a) echo b;; esac); echo ${{ x }}", "word"],
    ["echo $(case a in (a) echo ${{ x }};; esac) ${{ y }}", "word word"],
    ["echo 'a' ${{ x }} \"b\"", "word"],
    ['echo "it\'s" ${{ x }}', "word"],
    ["echo ${#a} ${{ x }}", "word"],
    ["echo ${a:-b'}'${{ x }}}", "word"],
    ["echo \"${a:-b'${{ x }}'}\"", "quoted"],
    ["echo $# ${{ x }}", "word"],
    ["echo ${#} ${?} ${{ x }}", "word"],
    ["echo $((1 << 2)) ${{ x }}", "word"],
    ["cmd 2>&1 ${{ x }}", "word"],
    ["cmd &> log; echo ${{ x }}", "word"],
  ])("%j: %s", (script, expected) => {
    expect(place(script)).toBe(expected);
  });

  test("reading a script never throws, and says something of each expression", () => {
    const pieces = [
      "'",
      '"',
      "`",
      "$(",
      "$((",
      "((",
      ")",
      "))",
      "${",
      "}",
      "<<EOF",
      "<<'E'",
      "\nEOF\n",
      "\n",
      " ",
      "\\",
      "#",
      "[[",
      "]]",
      "case a in ",
      "esac",
      ";",
      "${{ x }}",
      "eval ",
      "$'",
      "a",
      "=",
      "(",
      "[",
      "]",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) => {
        const shell = parseShellTemplate(parts.join(""));
        for (const { context } of shell.expressions) expect(context.type).toMatch(/^(word|quoted|comment|refused)$/);
        rewriteScript(shell, () => "X");
      }),
      { numRuns: 500 },
    );
  });
});

describe("with a real bash", () => {
  /** Each prints the value of `${{ x }}` alone, whatever it is. */
  const CONTEXTS = [
    "printf '%s' ${{ x }}",
    "printf '%s' \"${{ x }}\"",
    'v=${{ x }}; printf "%s" "$v"',
    "cat <<EOF\n${{ x }}\nEOF",
    "cat <<-EOF\n${{ x }}\n\tEOF",
    "printf '%s' \"$(printf '%sE' ${{ x }})\" ",
    "a=(${{ x }}); printf '%s' \"${a[@]}\"",
    "printf '%s' ${unset:-${{ x }}}",
    "printf '%s' \"${unset:-${{ x }}}\"",
    "f() { printf '%s' \"$1\"; }; f ${{ x }}",
    "case ${{ x }} in ${{ x }}) printf '%s' ${{ x }} ;; *) echo no ;; esac",
    "if [[ ${{ x }} == ${{ x }} ]]; then printf '%s' ${{ x }}; fi",
    "bash -c 'printf %s \"$1\"' _ ${{ x }}",
    "cat <<< ${{ x }}",
    "for v in ${{ x }}; do printf '%s' \"$v\"; done",
    "# ${{ x }} '\nprintf '%s' ${{ x }}",
    "export V=${{ x }}; printf '%s' \"$V\"",
  ];
  const ADDS_NEWLINE = /^cat /;
  const ADDS_MARK = /%sE/;

  const NASTY = [
    "",
    " ",
    "; rm -rf /",
    "$(echo no)",
    "`echo no`",
    "*",
    "a\nb\n",
    "'",
    '"',
    "\\",
    "-n",
    "$HOME",
    "a'b\"c",
    "{a,b}",
    "~",
    "!x",
    "&&",
    "EOF",
    "\nEOF\n",
    "\tx",
    "é\u{1F600}",
    "${X1}",
    "%s",
    "a[$(echo no)]",
  ];

  /** Runs every context with every value in one bash, and says which came out changed. */
  function changed(values: readonly string[]): string[] {
    const wrong: string[] = [];
    const env: Record<string, string> = { PATH: process.env.PATH ?? "" };
    let script = "";
    values.forEach((value, index) => {
      env[`V${index}`] = value;
      for (const context of CONTEXTS) {
        script += `(\n${rewriteScript(parseShellTemplate(context), () => `V${index}`)}\n); printf '\\0'\n`;
      }
    });
    const done = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(done.stderr).toBe("");
    const printed = done.stdout.split("\0");
    values.forEach((value, index) => {
      CONTEXTS.forEach((context, at) => {
        const expected = value + (ADDS_NEWLINE.test(context) ? "\n" : "") + (ADDS_MARK.test(context) ? "E" : "");
        const got = printed[index * CONTEXTS.length + at];
        if (got !== expected) wrong.push(`${context}: ${JSON.stringify(value)} gave ${JSON.stringify(got)}`);
      });
    });
    return wrong;
  }

  test("a value is one argument and never code, in every place", () => {
    expect(changed(NASTY)).toEqual([]);
  });

  test("random values come out exactly as they went in", () => {
    const character = fc.constantFrom(..."ab $`'\"\\\n\t;&|<>(){}[]*?!#~=%-".split(""), "é");
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: character, maxLength: 12 }), { minLength: 20, maxLength: 20 }),
        (values) => {
          expect(changed(values)).toEqual([]);
        },
      ),
      { numRuns: 5 },
    );
  });
});
