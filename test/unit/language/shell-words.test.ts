import { describe, expect, test } from "vitest";
import { commandsIn } from "../../../src/language/checks/shell-words.ts";

function read(script: string): readonly string[] {
  const commands = commandsIn(script);
  for (const { words } of commands) {
    for (const { text, start, end } of words) expect(script.slice(start, end)).toBe(text);
  }
  return commands.map(({ name, words }) => [`${name}:`, ...words.map(({ text }) => text)].join(" ")).sort();
}

describe("the commands of a script", () => {
  test.each<[script: string, commands: readonly string[]]>([
    ["curl -s http://a | jq .", ["curl: -s http://a", "jq: ."]],
    ["/usr/bin/curl 'a b' \"c\"", ["curl: a b c"]],
    ["ls # curl x\n#wget y", ["ls:"]],
    ["if ! wget x; then exit 1; fi", ["exit: then 1", ": fi", "wget: if ! x"].sort()],
    ['d="$(curl "http://a" -o x)" && ls', [': d="$(curl "http://a" -o x)"', "curl: http://a -o x", "ls:"].sort()],
    ["d=$(curl x)", [": d=", "curl: x"]],
    ["curl \\\n  -s \\\r\n  x", ["curl: -s x"]],
    ["A=1 sudo curl x", ["curl: A=1 sudo x"]],
    ["curl ${{ params.a | b }} ${X:-y z}", ["curl: ${{ params.a | b }} ${X:-y z}"]],
    ["echo a#b 'it''s'", ["echo: a#b 'it''s'"]],
    ['echo "never closed', ['echo: "never closed']],
  ])("%j", (script, commands) => {
    expect(read(script)).toEqual(commands);
  });

  test.each(['"$('.repeat(100_000), "${{".repeat(100_000), "'\"$(a".repeat(50_000), "$(".repeat(100_000)])(
    "never hang on what is never closed",
    (script) => {
      expect(() => commandsIn(script)).not.toThrow();
    },
  );
});
