import {
  type CheckedDocument,
  canBeLowered,
  checkInfos,
  type Diagnostic,
  globProblem,
  type Level,
  type Policy,
} from "../language/index.ts";
import { type JsonValue, suggest } from "../lib/index.ts";

/** `validate` as the schema of engine.yaml lets it through. */
interface Written {
  readonly rules?: Rules;
  readonly overrides?: readonly { readonly files: string; readonly rules: Rules }[];
  readonly ignore?: readonly {
    readonly code: string;
    readonly path: string;
    readonly reason: string;
    readonly until?: string;
  }[];
}
type Rules = Readonly<Record<string, Level>>;
type Path = readonly (string | number)[];

/** What `validate` of engine.yaml says, and what is wrong with it that no schema can tell. */
export function readPolicy(
  file: string,
  { placeOf, keyPlaceOf }: Pick<CheckedDocument, "placeOf" | "keyPlaceOf">,
  value: JsonValue | undefined,
): { readonly policy: Policy; readonly diagnostics: readonly Diagnostic[] } {
  const { rules = {}, overrides = [], ignore = [] } = (value ?? {}) as Written;
  const diagnostics: Diagnostic[] = [];
  const report = (range: Diagnostic["range"], message: string, hint: string): void => {
    diagnostics.push({ code: "ENG903", name: "tool-config", severity: "error", file, range, message, hint });
  };
  const checkCode = (code: string, range: Diagnostic["range"], lowers: boolean): void => {
    if (!checkInfos.some((info) => info.code === code)) {
      const near = suggest(
        code,
        checkInfos.map((info) => info.code),
      );
      const hint = near === undefined ? "`engine explain` lists all codes" : `did you mean \`${near}\`?`;
      report(range, `there is no code \`${code}\``, hint);
    } else if (lowers && !canBeLowered(code)) {
      report(
        range,
        `\`${code}\` can be neither suppressed nor lowered`,
        "a pipeline with it can't run: mend what is found",
      );
    }
  };
  const checkRules = (written: Rules, path: Path): void => {
    for (const [code, level] of Object.entries(written))
      checkCode(code, keyPlaceOf([...path, code]), level !== "error");
  };
  const checkGlob = (glob: string, path: Path): void => {
    const problem = globProblem(glob);
    if (problem !== undefined)
      report(placeOf(path), `the glob \`${glob}\` ${problem}`, "write it like `pipelines/legacy/**`");
  };

  checkRules(rules, ["validate", "rules"]);
  for (const [index, override] of overrides.entries()) {
    checkGlob(override.files, ["validate", "overrides", index, "files"]);
    checkRules(override.rules, ["validate", "overrides", index, "rules"]);
  }
  for (const [index, { code, path, until }] of ignore.entries()) {
    const at = ["validate", "ignore", index];
    checkCode(code, placeOf([...at, "code"]), true);
    checkGlob(path, [...at, "path"]);
    if (until !== undefined && !isDay(until)) {
      report(placeOf([...at, "until"]), `there is no day \`${until}\``, "write it like `2027-01-31`");
    }
  }
  const entries = ignore.map((entry, index) => ({
    ...entry,
    place: { file, range: placeOf(["validate", "ignore", index]) },
  }));
  return { policy: { rules, overrides, ignore: entries }, diagnostics };
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
