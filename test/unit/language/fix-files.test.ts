import { describe, expect, test } from "vitest";
import { commentsOf } from "../../../src/language/comments.ts";
import { checkFiles, type Diagnostic, fixFiles } from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { broken, someTexts } from "../../support/broken-texts.ts";
import { randomOf } from "../../support/random.ts";

const OPTIONS = { operators, pools: new Map([["gpu", 1]]) };

const inTasks = (...lines: string[]): string => `tasks:\n${lines.map((line) => `  ${line}\n`).join("")}`;

function mend(text: string, unsafe = false) {
  const [file] = fixFiles([{ path: "a.yaml", text }], { ...OPTIONS, unsafe });
  return file ?? { path: "a.yaml", before: text, after: text, fixes: 0, refused: [] };
}

describe("the fixes of a file", () => {
  test("are applied as often as it takes, and counted", () => {
    const chain = mend(inTasks("preprocess: { bahs: ./a.sh }", "report: { need: preproces, bash: ./b.sh }"));
    expect(chain.after).toBe(inTasks("preprocess: { bash: ./a.sh }", "report: { needs: preprocess, bash: ./b.sh }"));
    expect(chain.fixes).toBe(3);
  });

  test("that would lead to a new error are taken back, and named with that error; the others are applied", () => {
    const before = inTasks("load: { bash: ./a.sh, need: nobody }", "report: { bahs: ./b.sh, timeout: 5 min }");
    const { after, refused, fixes } = mend(before);
    expect(after).toBe(inTasks("load: { bash: ./a.sh, need: nobody }", "report: { bash: ./b.sh, timeout: 5m }"));
    expect(fixes).toBe(2);
    expect(refused.map(({ finding, error }) => [finding.code, error.code])).toEqual([["ENG201", "ENG302"]]);
  });

  test("two of which would give a mapping the same key are not both applied", () => {
    const before = inTasks("a: { noop: {} }", "b: { needs: a, noop: {} }", "c: { need: a, neds: a, noop: {} }");
    const { after, refused } = mend(before);
    expect(after).toContain("c: { needs: a, neds: a, noop: {} }");
    expect(refused).toEqual([]);
  });

  test("are applied only when they are safe, unless all are asked for", () => {
    const before = inTasks("load: { bash: ./a.sh }", "report: { depends_on: load, bash: ./b.sh }");
    expect(mend(before)).toMatchObject({ after: before, fixes: 0 });
    expect(mend(before, true).after).toContain("needs: load");
  });

  test("don't touch a file that is not UTF-8, whatever is found in it", () => {
    const bytes = Buffer.concat([Buffer.from("# engine-ignore ENG999: x\nname: "), Buffer.from([0xff, 0xfe, 0x0a])]);
    expect(fixFiles([{ path: "a.yaml", bytes }], { ...OPTIONS, unsafe: true })).toEqual([]);
  });

  test("keep a byte order mark, of bytes and of a text", () => {
    const text = `\uFEFFnmae: a\n${inTasks("a: { noop: {} }")}`;
    const after = text.replace("nmae", "name");
    expect(mend(text)).toMatchObject({ before: text, after });
    const [file] = fixFiles([{ path: "a.yaml", bytes: Buffer.from(text) }], { ...OPTIONS, unsafe: false });
    expect(file).toMatchObject({ before: text, after });
  });

  test("of a finding that is suppressed, or switched off, are left", () => {
    expect(mend(inTasks("a: { noop: {} }", "# engine-ignore ENG312: so", "b: { needs: [a, a], noop: {} }")).fixes).toBe(
      0,
    );
    const policy = { rules: { ENG312: "off" as const }, overrides: [], ignore: [] };
    const settle = { policy, folder: "", complete: false };
    const bare = inTasks("a: { noop: {} }", "b: { needs: [a, a], noop: {} }");
    expect(fixFiles([{ path: "a.yaml", text: bare }], { ...OPTIONS, settle, unsafe: true })).toEqual([]);
    expect(mend(bare).fixes).toBe(1);
  });

  test("lead to no error in another file either", () => {
    const files = [
      { path: "a.yaml", text: `name: nightly_orders\n${inTasks("a: { noop: {} }")}` },
      { path: "b.yaml", text: `name: Nightly Orders\n${inTasks("a: { noop: {} }")}` },
    ];
    const [file] = fixFiles(files, { ...OPTIONS, unsafe: true });
    expect(file).toMatchObject({ path: "b.yaml", fixes: 0, refused: [{ error: { code: "ENG304" } }] });
  });

  test("may bring to light what a mistake in the YAML had hidden", () => {
    const { after, refused } = mend(`schedule: @daily\n${inTasks("a: { needs: nobody, noop: {} }")}`);
    expect(after).toContain('schedule: "@daily"');
    expect(refused).toEqual([]);
  });
});

/** How often this property is tried; more by hand. */
const TRIES = Number(process.env.FIX_TRIES ?? 250);

test("whatever is broken: mending keeps the comments, leads to no new error, and mends all in one go", () => {
  const random = randomOf(Number(process.env.FIX_SEED ?? 1));
  const texts = someTexts();
  let mended = 0;
  for (let left = TRIES; left > 0; left--) {
    const text = broken(texts[Math.floor(random() * texts.length)] ?? "", random);
    const unsafe = left % 2 === 0;
    const { after, fixes } = mend(text, unsafe);
    if (fixes === 0) continue;
    mended += 1;
    const kept = (of: string) => commentsOf(of).filter((comment) => !comment.includes("engine-ignore"));
    const [before, now] = [errorsIn(text), errorsIn(after)];
    // What could not be read may have hidden anything.
    const isReadable = !before.some(({ code }) => /^ENG10[135]$/.test(code));
    if (isReadable) {
      expect([text, kept(after)]).toEqual([text, kept(text)]);
      for (const [code, errors] of Map.groupBy(now, (each) => each.code)) {
        const known = before.filter((each) => each.code === code).length;
        expect([text, code, errors.length <= known]).toEqual([text, code, true]);
      }
    }
    expect([text, mend(after, unsafe).fixes]).toEqual([text, 0]);
  }
  expect(mended).toBeGreaterThan(TRIES / 20);
}, 60_000);

function errorsIn(text: string): readonly Diagnostic[] {
  const { diagnostics } = checkFiles([{ path: "a.yaml", text }], OPTIONS);
  return diagnostics.filter(({ severity }) => severity === "error");
}
