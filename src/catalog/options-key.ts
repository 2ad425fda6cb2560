import type { CompileOptions } from "../language/index.ts";

/*
 * What the findings in a file depend on beside its name and bytes. They may come out of a cache only where all of
 * that is the same: a cache that hides a finding is worse than none. So an option that is added to the language does
 * not compile here until it is said how it takes part.
 */

type Part =
  /** It belongs to the engine, and each engine has its own cache. */
  | "engine"
  /** No file is checked with it alone: it counts when all files are together, which is never cached. */
  | "together"
  /** All that it says is part of the key. */
  | "key"
  /** A tool: what tells it from others is part of the key. Where it failed, nothing is kept. */
  | "tool"
  /** A function of one text: what was asked and answered is kept beside the findings, and asked again. */
  | "asked";

const PARTS = {
  operators: "engine",
  operatorsIdentity: "key",
  pools: "key",
  connections: "key",
  now_ms: "key",
  secrets: "key",
  pipelineNames: "together",
  pathKind: "asked",
  shellcheck: "tool",
  settle: "together",
} as const satisfies { readonly [K in keyof Required<CompileOptions>]: Part };

type Parts = typeof PARTS;
type ToolName = { [K in keyof Parts]: Parts[K] extends "tool" ? K : never }[keyof Parts];
type Asked = { [K in keyof Parts]: Parts[K] extends "asked" ? K : never }[keyof Parts];

/** A question, by the option that it was put to, and the answer. */
export type Answer = readonly [option: Asked, question: string, answer: string];

/** A day, in milliseconds. */
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Options for one look at many files. The time stands still for a day: findings that say more would not be the same an
 * hour later. What stands at a path is looked up once.
 */
export function heldStill(options: CompileOptions): CompileOptions {
  const { now_ms, pathKind } = options;
  return {
    ...options,
    ...(now_ms !== undefined && { now_ms: Math.floor(now_ms / DAY_MS) * DAY_MS }),
    ...(pathKind !== undefined && { pathKind: askedOnce(pathKind) }),
  };
}

function askedOnce<Answer>(ask: (question: string) => Answer): (question: string) => Answer {
  const answers = new Map<string, Answer>();
  return (question) => {
    const known = answers.get(question);
    if (known !== undefined) return known;
    const answer = ask(question);
    answers.set(question, answer);
    return answer;
  };
}

/** One text for all options that lead to the same findings, but for what is asked. */
export function optionsKey(options: CompileOptions): string {
  const entries = Object.entries(PARTS).map(([name, part]) => {
    const value = options[name as keyof Parts];
    if (part === "tool") return [name, options[name as ToolName]?.identity ?? null];
    return [name, part === "key" ? plain(value) : value !== undefined];
  });
  return JSON.stringify(entries);
}

/** Sets and maps as lists, in the order of their texts: what is equal looks equal. */
function plain(value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) {
    return [...value].map((item) => JSON.stringify(plain(item))).sort();
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.entries(value)
    .map(([name, inner]) => [name, plain(inner)])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

/** Options that note what they are asked while one file is checked. */
export interface Witness {
  readonly options: CompileOptions;
  /** What was asked; undefined when the findings must not be kept. */
  answers(): readonly Answer[] | undefined;
}

export function witnessOf(options: CompileOptions): Witness {
  const answers = new Map<string, Answer>();
  const { pathKind, shellcheck } = options;
  let failed = false;
  const ask = (option: Asked, question: string): string => {
    const answer = answerOf(options, option, question);
    answers.set(`${option}\0${question}`, [option, question, String(answer)]);
    return answer as string;
  };
  return {
    options: {
      ...alone(options),
      ...(pathKind === undefined ? {} : { pathKind: (path) => ask("pathKind", path) as ReturnType<typeof pathKind> }),
      ...(shellcheck === undefined
        ? {}
        : {
            shellcheck: {
              get identity() {
                return shellcheck.identity;
              },
              find: (scripts) => {
                const found = shellcheck.find(scripts);
                failed ||= found === undefined;
                return found;
              },
            },
          }),
    },
    answers: () => (failed ? undefined : [...answers.values()]),
  };
}

/** Without what a file by itself must not be checked with: it is neither in the key nor asked again. */
function alone(options: CompileOptions): CompileOptions {
  const left: Record<string, unknown> = { ...options };
  for (const [name, part] of Object.entries(PARTS)) if (part === "together") left[name] = undefined;
  return left as unknown as CompileOptions;
}

/** Whether all that was asked is answered today as it was. */
export function stillHolds(answers: readonly Answer[], options: CompileOptions): boolean {
  return answers.every(([option, question, answer]) => String(answerOf(options, option, question)) === answer);
}

function answerOf(options: CompileOptions, option: Asked, question: string): string | undefined {
  return options[option]?.(question);
}
