import { ends, get, type Mutator, put, scripts, type TextMutant, type TextMutator, tasksWith } from "./mutate.ts";
import { type Path, Raw, type Rendered, type Span } from "./render.ts";

/*
 * ENG1xx: how a file is written.
 */

function replaced(rendered: Rendered, span: Span, text: string): string {
  return rendered.text.slice(0, span.start) + text + rendered.text.slice(span.end);
}

/** A short value on a line of its own or in brackets: never a block. */
function shortValue(rendered: Rendered, base: Parameters<Mutator>[0]): { path: Path; span: Span } {
  const path: Path = base.timeout === undefined ? ["tasks", scripts(base)[0] as string, "bash"] : ["timeout"];
  return { path, span: rendered.valueAt(path) };
}

const syntax: TextMutator = (rendered, manner, base) => {
  const { span } = shortValue(rendered, base);
  const begins = (text: string): TextMutant => ({
    what: text,
    text: replaced(rendered, span, text),
    at: { start: span.start, end: span.start + 1 },
  });
  // What is closed somewhere behind it on the same line is anybody's guess.
  const mutants = manner.flowFrom === 0 ? [] : ['"never closed', "'never closed", "[never, closed"].map(begins);
  mutants.push(begins("@at"), begins("`tick`"));
  if (manner.flowFrom <= 2) return mutants;
  const key = rendered.keyAt(["tasks"]);
  const insert = (what: string, at: number, text: string): TextMutant => ({
    what,
    text: rendered.text.slice(0, at) + text + rendered.text.slice(at),
    at: { start: at, end: at + text.trimEnd().length },
  });
  const colons = replaced(rendered, { start: key.end, end: key.end + 1 }, ": : ");
  mutants.push({ what: "two colons", text: colons, at: { start: key.end + 2, end: key.end + 3 } });
  mutants.push(insert("a merge conflict", 0, `<<<<<<< ours${manner.lineEnd}`));
  const tab = insert("a tab in front", key.start, "\t");
  mutants.push({ ...tab, at: { start: key.start, end: key.start + 1 } });
  return mutants;
};

const duplicateKey: TextMutator = (rendered, manner, base) => {
  const [id = ""] = tasksWith(base);
  const path = ["tasks", id];
  const key = rendered.keyAt(path);
  const written = rendered.text.slice(key.start, key.end);
  const doubled = (at: number, text: string, found: Span, what: string): TextMutant => ({
    what,
    text: rendered.text.slice(0, at) + text + rendered.text.slice(at),
    at: found,
    also: ["ENG303"],
  });
  if (manner.flowFrom <= 1) {
    const whole = rendered.valueAt(["tasks"]);
    const text = ', "env": {}, "env": {}';
    const at = rendered.text.trimEnd().length - 1;
    const start = at + text.lastIndexOf('"env"');
    return [doubled(at, text, { start, end: start + '"env"'.length }, `twice in brackets (${whole.start})`)];
  }
  const end = manner.lineEnd;
  const top = `tags: [a]${end}tags: [b]${end}`;
  if (base.tags !== undefined) return [];
  return [
    doubled(0, top, { start: top.lastIndexOf("tags"), end: top.lastIndexOf("tags") + 4 }, "at the top"),
    doubled(
      0,
      `"tags": [a]${end}tags: [b]${end}`,
      { start: `"tags": [a]${end}`.length, end: `"tags": [a]${end}`.length + 4 },
      `in quotes once (${written})`,
    ),
  ];
};

const alias: TextMutator = (rendered, manner, base) => {
  // An alias can't have a name of its own.
  if (manner.anchors) return [];
  const { span } = shortValue(rendered, base);
  const at = (text: string): Span => ({ start: span.start, end: span.start + text.length });
  return ["*nobody", "*missing_anchor"].map((text) => ({
    what: text,
    text: replaced(rendered, span, text),
    at: at(text),
  }));
};

const ambiguous: Mutator = (base) => {
  const params = (name: string, raw: string, path: Path) => ({
    what: `${name} ${raw}`,
    tree: put(base, path, new Raw(raw)),
    at: [{ path, part: "value" as const }],
  });
  return [
    ...["yes", "No", "ON", "off", "1.10", "3.20", "12:30", "1:30:00", "007", "integer", "string"].map((raw) =>
      params("a param", raw, ["params", "value"]),
    ),
    ...["yes", "1.50", "09:30"].map((raw) => params("a default", raw, ["params", "value", "default"])),
    ...ends(scripts(base).filter((id) => get(base, ["tasks", id, "for_each"]) === undefined))
      .flatMap((id) => [params("an item", "[de, no, at]", ["tasks", id, "for_each"])])
      .map((mutant) => ({
        ...mutant,
        also: ["ENG403", "ENG402", "ENG406"],
        at: [{ path: mutant.at[0]?.path ?? [], part: "within" as const, text: "no" }],
      })),
  ];
};

const encoding: TextMutator = (rendered, manner) => {
  const middle = Math.floor(rendered.text.length / 2);
  const second = `---${manner.lineEnd}tasks: { a: { noop: {} } }${manner.lineEnd}`;
  return [
    {
      what: "a NUL",
      text: `${rendered.text.slice(0, middle)}\0${rendered.text.slice(middle)}`,
      at: { start: middle, end: middle + 1 },
    },
    {
      what: "two documents",
      text: rendered.text + second,
      at: { start: rendered.text.length, end: rendered.text.length + 3 },
    },
    { what: "too large", text: `${rendered.text}# ${"x".repeat(1024 * 1024)}`, at: { start: 0, end: 0 } },
  ];
};

/** A task under an id that is taken. */
const duplicateTask: TextMutator = (rendered, manner, base) => {
  const [id = ""] = tasksWith(base);
  const first = rendered.keyAt(["tasks", id]);
  const written = rendered.text.slice(first.start, first.end);
  const insert = (what: string, at: number, before: string, behind: string): TextMutant => {
    const start = at + before.length;
    const text = inserted(rendered, at, before + written + behind);
    return { what, text, at: { start, end: start + written.length } };
  };
  const { end } = rendered.valueAt(manner.flowFrom <= 1 ? ["tasks", id] : ["tasks"]);
  if (manner.flowFrom <= 1) return [insert("in brackets", end, ", ", ': { "noop": {} }')];
  const line = rendered.text.indexOf(manner.lineEnd, end) + manner.lineEnd.length;
  return [insert("in blocks", line, " ".repeat(manner.indent), `: { noop: {} }${manner.lineEnd}`)];
};

function inserted(rendered: Rendered, at: number, text: string): string {
  return rendered.text.slice(0, at) + text + rendered.text.slice(at);
}

const modeline: TextMutator = (rendered, manner) =>
  [
    "../schemas/engine.schema.json",
    "https://example.com/v2/engine.schema.json",
    "https://json.schemastore.org/github-workflow.json",
    "https://www.schemastore.org/azure-pipelines.json",
  ].map((schema) => {
    const before = "# yaml-language-server: $schema=";
    const end = manner.lineEnd;
    const lines = `# Of the orders.${end}${before}${schema}${end}`;
    const start = lines.indexOf(schema);
    return { what: schema, text: lines + rendered.text, at: { start, end: start + schema.length } };
  });

const unusedSuppression: TextMutator = (rendered, { lineEnd }) =>
  ["ENG407", "ENG508", "ENG101", "ENG47"].map((code) => {
    const comment = `# engine-ignore ${code}: it was so once`;
    return {
      what: code,
      text: comment + lineEnd + rendered.text,
      at: { start: comment.indexOf(code), end: comment.indexOf(code) + code.length },
    };
  });

/** Over a condition that is always false. */
const badSuppression: TextMutator = (rendered, manner) => {
  if (manner.flowFrom <= 2 || manner.quotes === "double") return [];
  const key = rendered.keyAt(["tasks"]);
  const comment = "# engine-ignore ENG407";
  const pad = " ".repeat(manner.indent);
  const start = rendered.text.indexOf(manner.lineEnd, key.end) + manner.lineEnd.length;
  const task = `${pad}idle:${manner.lineEnd}${pad}${pad}if: 1 == 2 ${comment}${manner.lineEnd}${pad}${pad}noop: {}${manner.lineEnd}`;
  const at = start + task.indexOf(comment);
  return [
    { what: "behind a line", text: inserted(rendered, start, task), at: { start: at, end: at + comment.length } },
  ];
};

export const TEXT_MUTATORS: Readonly<Record<string, TextMutator>> = {
  ENG101: syntax,
  ENG102: duplicateKey,
  ENG103: alias,
  ENG105: encoding,
  ENG208: modeline,
  ENG303: duplicateTask,
  ENG901: unusedSuppression,
  ENG902: badSuppression,
};

export const OF_TEXT: Readonly<Record<string, Mutator>> = { ENG104: ambiguous };
