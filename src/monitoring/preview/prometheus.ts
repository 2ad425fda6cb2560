import { type LabelQuestion, type PreviewSource, type Question, type Series, SourceError } from "./source.ts";

/** Who waits longer for a panel has gone, in milliseconds. */
const ANSWER_MAX_MS = 30_000;

interface Answer {
  readonly status: "success" | "error";
  readonly error?: string;
  readonly data?: unknown;
}

interface Result {
  readonly resultType: "matrix" | "vector" | "scalar" | "string";
  readonly result: unknown;
}

type Point = readonly [at: number, value: string];

interface Sample {
  readonly metric?: Readonly<Record<string, string>>;
  readonly value?: Point;
  readonly values?: readonly Point[];
}

/**
 * Asks a Prometheus, or what answers as one does. `url` is its address; it may have a path, and a name and a password, which are sent
 * and never shown.
 */
export function prometheusSource(url: URL, answerMaxMs = ANSWER_MAX_MS): PreviewSource {
  const base = new URL(url);
  const headers = authorization(base);
  base.username = "";
  base.password = "";
  base.search = "";
  base.hash = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const shown = base.href.replace(/\/$/, "");

  const ask = async (path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> => {
    const address = new URL(`api/v1/${path}`, base);
    address.search = String(new URLSearchParams(parameters));
    let response: Response;
    let text: string;
    try {
      response = await fetch(address, { headers, signal: AbortSignal.timeout(answerMaxMs) });
      text = await response.text();
    } catch (error) {
      throw new SourceError(whyNot(shown, error as Error, answerMaxMs), { cause: error });
    }
    const answer = parsed(text);
    if (answer === undefined) {
      throw new SourceError(`${shown} answered ${response.status}, and not as Prometheus does: is that its address?`);
    }
    if (answer.status !== "success") throw new SourceError(`Prometheus: ${answer.error ?? "it says no more"}`);
    return answer.data;
  };

  return {
    about: { kind: "prometheus", url: shown },
    async series({ expr, start, end, step }: Question) {
      const data =
        start === end
          ? await ask("query", { query: expr, time: String(end) })
          : await ask("query_range", { query: expr, start: String(start), end: String(end), step: String(step) });
      return seriesOf(data as Result);
    },
    async labelValues({ label, match, start, end }: LabelQuestion) {
      const range = { start: String(start), end: String(end) };
      const selected = match === undefined ? range : { ...range, "match[]": match };
      const values = (await ask(`label/${encodeURIComponent(label)}/values`, selected)) as readonly string[] | null;
      return [...(values ?? [])].sort();
    },
  };
}

function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function whyNot(shown: string, error: Error, answerMaxMs: number): string {
  if (error.name === "TimeoutError") return `${shown} did not answer within ${answerMaxMs / 1_000} s`;
  const cause = error.cause as { readonly code?: string; readonly message?: string } | undefined;
  return `${shown} can't be reached: ${cause?.code ?? cause?.message ?? error.message}`;
}

function parsed(text: string): Answer | undefined {
  try {
    const answer = JSON.parse(text) as Answer | null;
    return answer?.status === "success" || answer?.status === "error" ? answer : undefined;
  } catch {
    return undefined;
  }
}

function seriesOf({ resultType, result }: Result): readonly Series[] {
  if (resultType === "string") throw new SourceError("the query gives a text, and no series");
  const samples = (resultType === "scalar" ? [{ value: result }] : result) as readonly Sample[];
  return samples.map(({ metric = {}, value, values = value === undefined ? [] : [value] }) => ({
    labels: metric,
    points: values.map(([at, text]) => [at, numberOf(text)] as const),
  }));
}

/** What is no number, or has no end, is drawn as nothing. */
function numberOf(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
