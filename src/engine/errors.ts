/**
 * Every failure that the engine expects of its callers, in one place. The text may hold `{names}`
 * that `EngineError` fills in. docs/errors.md lists the same codes; a test compares the two.
 * A code is never reused.
 */
export const ERRORS = {
  RUN_NOT_FOUND: {
    text: "there is no run {run}",
    hint: "list the runs with `engine runs list`",
    http_status: 404,
    exit_code: 2,
  },
  RUN_HELD: {
    text: "run {run} is driven by another engine",
    hint: "act on it where it runs, or wait until it has ended",
    http_status: 409,
    exit_code: 2,
  },
  COMMIT_GONE: {
    text: "the files of commit {commit}, with which run {run} began, are gone",
    hint: "run the commit that is live with `engine trigger {pipeline}`",
    http_status: 409,
    exit_code: 2,
  },
  RUN_NOT_FINISHED: {
    text: "run {run} has not finished, so it can't be retried",
    hint: "wait for its end, or cancel it first with `engine runs cancel {run}`",
    http_status: 409,
    exit_code: 2,
  },
  TASK_NOT_FOUND: {
    text: "run {run} has no task {task}",
    hint: "list its tasks with `engine runs show {run}`",
    http_status: 404,
    exit_code: 2,
  },
  ATTEMPT_NOT_FOUND: {
    text: "task {task} of run {run} has no attempt {attempt}",
    hint: "list its attempts with `engine runs show {run}`",
    http_status: 404,
    exit_code: 2,
  },
  TASK_NOT_WAITING: {
    text: "task {task} of run {run} waits for no answer",
    hint: "see how it stands with `engine runs show {run}`",
    http_status: 409,
    exit_code: 2,
  },
  ANSWER_INVALID: {
    text: "the answer to task {task} of run {run} can't be taken: {problems}",
    hint: "see what it asks for with `engine logs {run} {task}`",
    http_status: 422,
    exit_code: 2,
  },
  PARAMS_INVALID: {
    text: "the params don't fit pipeline {pipeline}: {problems}",
    hint: "see its params with `engine pipelines show {pipeline}`",
    http_status: 422,
    exit_code: 2,
  },
  PIPELINE_UNAVAILABLE: {
    text: "pipeline {pipeline} can't be run: {why}",
    hint: "see what is there with `engine pipelines list`, and check it with `engine validate`",
    http_status: 409,
    exit_code: 2,
  },
  SLOT_TAKEN: {
    text: "the slot {slot} of pipeline {pipeline} has a run already",
    hint: "see it with `engine runs list`; run it again with `engine runs retry`",
    http_status: 409,
    exit_code: 2,
  },
  KEY_TAKEN: {
    text: "a run of pipeline {pipeline} has the idempotency key {key} already",
    hint: "see it with `engine runs list`; ask with another key for another run",
    http_status: 409,
    exit_code: 2,
  },
  BACKFILL_REFUSED: {
    text: "pipeline {pipeline} can't be backfilled so: {why}",
    hint: "see when it is due with `engine pipelines show {pipeline}`; `--dry-run` shows the slots of a range",
    http_status: 422,
    exit_code: 2,
  },
  BACKFILL_NOT_FOUND: {
    text: "there is no backfill {backfill}",
    hint: "list the backfills with `engine backfill list`",
    http_status: 404,
    exit_code: 2,
  },
  BACKFILL_ENDED: {
    text: "backfill {backfill} has ended already: {state}",
    hint: "see its runs with `engine backfill show {backfill}`",
    http_status: 409,
    exit_code: 2,
  },
  PIPELINE_UNKNOWN: {
    text: "the engine has no pipeline {pipeline}",
    hint: "see what is there with `engine pipelines list`",
    http_status: 404,
    exit_code: 2,
  },
  NO_DAEMON: {
    text: "the process that holds the data folder is no daemon: it drives one run",
    hint: "wait until that has ended, and start `engine serve`",
    http_status: 409,
    exit_code: 2,
  },
  VERSION_UNKNOWN: {
    text: "no run began with version {version} of a pipeline",
    hint: "see the version of a run with `engine runs show RUN`",
    http_status: 404,
    exit_code: 2,
  },
  ZONE_UNKNOWN: {
    text: "there is no time zone {zone}",
    hint: "name it as the IANA database does: Europe/Berlin",
    http_status: 400,
    exit_code: 2,
  },
  VERSION_UNREADABLE: {
    text: "the version of pipeline {pipeline} that run {run} began with can't be used: {why}",
    hint: "start a new run of the pipeline as it is now",
    http_status: 409,
    exit_code: 3,
  },
  LISTEN_FAILED: {
    text: "the API can't listen at {address}: {why}",
    hint: "choose another address with `--listen HOST:PORT` or `server.listen` in engine.yaml",
    http_status: 503,
    exit_code: 3,
  },
  CERTIFICATE_UNUSABLE: {
    text: "the API can't use its certificate: {why}",
    hint: "`server.tls` in engine.yaml names two files in PEM that this user can read: the certificate, and the key that belongs to it",
    http_status: 503,
    exit_code: 3,
  },
  GIT_NOT_FOLLOWED: {
    text: "the daemon follows no repository",
    hint: "name one under `git` in engine.yaml, and start the daemon again",
    http_status: 404,
    exit_code: 2,
  },
  GIT_NOTHING_BEFORE: {
    text: "no commit was live before the present one, or its files are gone",
    hint: "revert the change in the repository",
    http_status: 409,
    exit_code: 2,
  },
  HOLDER_UNREACHABLE: {
    text: "the process that holds the data folder could not be asked: {why}",
    hint: "act where it runs, or try again once it has ended",
    http_status: 503,
    exit_code: 3,
  },
  ENGINE_CLOSED: {
    text: "the engine is closing and takes nothing new",
    hint: "start it again",
    http_status: 503,
    exit_code: 3,
  },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** An expected failure: a code of the registry, its text with the values filled in, and what to do. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exit_code: number;
  /** What the text was filled in with. */
  readonly values: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, values: Readonly<Record<string, string>> = {}, options?: ErrorOptions) {
    const { text, hint, exit_code } = ERRORS[code];
    super(fill(text, values), options);
    this.name = "EngineError";
    this.code = code;
    this.values = values;
    this.hint = fill(hint, values);
    this.exit_code = exit_code;
  }
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
