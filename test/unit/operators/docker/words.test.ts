import fc from "fast-check";
import { expect, test } from "vitest";
import { splitWords, WORDS_PATTERN } from "../../../../src/operators/docker/words.ts";

test.each([
  ["python train.py  --epochs 5", ["python", "train.py", "--epochs", "5"]],
  [` a\t"b c"\n'd "e"' `, ["a", "b c", 'd "e"']],
  [`a"b"'c'd`, ["abcd"]],
  [`"" ''`, ["", ""]],
  ["a\\ b \\\"c\\'", ["a b", "\"c'"]],
  [`"a\\"b\\n" 'c\\'`, ['a"b\\n', "c\\"]],
  ["echo $HOME | wc && x", ["echo", "$HOME", "|", "wc", "&&", "x"]],
  [
    `run \${{ params["a b"] }} x\${{ ds }}-"\${{ 'c d' }} e"`,
    ["run", `\${{ params["a b"] }}`, `x\${{ ds }}-\${{ 'c d' }} e`],
  ],
  [`echo $\${{ a`, ["echo", `$\${{`, "a"]],
])("%j is the words %j", (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test("words in single quotes come out as they went in", () => {
  const word = fc.string().filter((text) => !text.includes("'") && !text.includes("$"));
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(splitWords(words.map((text) => `'${text}'`).join(" "))).toEqual(words);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ["a 'b", false],
  ['a "b', false],
  ['a "b\\"', false],
  ["a\\", false],
  [`a 'b' "c\\"" d\\'`, true],
])("whether the quotes of %j are closed: %s", (text, closed) => {
  expect(new RegExp(WORDS_PATTERN, "u").test(text)).toBe(closed);
});
