/** A series over time: its moments in seconds since 1970, and its values; null where it has no number. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [at: number, value: number | null])[];
}

/** What a panel asks for, in PromQL, with its variables filled in. */
export interface Question {
  readonly expr: string;
  /** Grafana's name of the unit that the answer is shown in. */
  readonly unit: string;
  /** Seconds since 1970. The same moment twice, and any step: the value at that moment alone. */
  readonly start: number;
  readonly end: number;
  /** Seconds, more than 0. */
  readonly step: number;
}

/** Which values of a label there are. */
export interface LabelQuestion {
  readonly label: string;
  /** The selector of the series that are meant. */
  readonly match?: string;
  readonly start: number;
  readonly end: number;
}

/** Where the numbers of the preview come from. Its methods reject with a `SourceError` that says why there are none. */
export interface PreviewSource {
  readonly about: { readonly kind: "sample" } | { readonly kind: "prometheus"; readonly url: string };
  series(question: Question): Promise<readonly Series[]>;
  /** In order. */
  labelValues(question: LabelQuestion): Promise<readonly string[]>;
}

/** Why there is no answer, for people. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}
