import fc from "fast-check";
import { expect, test } from "vitest";
import { compileText } from "./sources.ts";

test("checking never throws and points into the text, whatever stands between the braces", () => {
  const piece = fc.constantFrom(
    ..."params tasks .train .outputs .accuracy [ ] ( ) { } ' \" + - * / % && || ! == != < >= in ? : , 1 2.5 null true has( size( map( x .map(x, \\ \n # ${{ }} $ // item secrets .T run ds @ ` \u{1F600}".split(
      " ",
    ),
    " ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), fc.constantFrom("env", "if", "script"), (pieces, place) => {
      const expression = JSON.stringify(`\${{${pieces.join("")}}}`);
      const key = { env: `env: { X: ${expression} }`, if: `if: ${expression}`, script: "" }[place];
      const bash = place === "script" ? expression : '"true"';
      const text = `tasks:\n  train: { bash: "true", outputs: { accuracy: number } }\n  z: { needs: train, ${key === "" ? "" : `${key}, `}bash: ${bash} }\n`;
      for (const { range } of compileText(text).diagnostics) {
        expect(range.start.offset).toBeLessThanOrEqual(range.end.offset);
        expect(range.end.offset).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 500 },
  );
});
