import type { JsonObject, JsonValue } from "../../lib/index.ts";

/** What a request is made of, as the config gives it after `normalise`. */
export interface HttpSettings {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, Scalar>>;
  readonly query?: Readonly<Record<string, Scalar | readonly Scalar[]>>;
  readonly json?: JsonValue;
  readonly form?: Readonly<Record<string, Scalar | readonly Scalar[]>>;
  readonly body?: string;
  /** A path from `cwd` on. */
  readonly file?: string;
  readonly auth?: Auth;
  /** How many are followed; false: none. */
  readonly redirects: number | false;
  readonly tls?: Tls;
  /** False: none, whatever the environment says. */
  readonly proxy?: string | false;
  /** A duration. */
  readonly connect_timeout: string;
  /** A path from `cwd` on. */
  readonly save_to?: string;
  readonly max_bytes?: number;
  readonly idempotency_key: boolean | string;
  readonly expect?: Expectation;
}

export type Scalar = string | number | boolean | null;

export type Auth =
  | { readonly basic: { readonly username: string; readonly password: string } }
  | { readonly bearer: string };

/** Each text is PEM, or the path of a file with it. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify?: boolean;
}

/** As written: its texts are evaluated with the response in scope. */
export interface Expectation {
  readonly status?: StatusForm | readonly StatusForm[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `204`, or `2xx`. */
export type StatusForm = number | string;

/** The connection's settings, where the task has none of its own. */
export function withConnection(config: JsonObject, connection: JsonObject | undefined): HttpSettings {
  const own = config as unknown as HttpSettings;
  if (connection === undefined) return own;
  const shared = connection as unknown as Partial<HttpSettings>;
  const { auth, tls, proxy } = { ...shared, ...own };
  return {
    ...own,
    ...(auth === undefined ? {} : { auth }),
    ...(tls === undefined ? {} : { tls }),
    ...(proxy === undefined ? {} : { proxy }),
    headers: mergedHeaders(shared.headers ?? {}, own.headers ?? {}),
  };
}

/** Names of headers count whatever their case. */
function mergedHeaders(shared: NonNullable<HttpSettings["headers"]>, own: NonNullable<HttpSettings["headers"]>) {
  const taken = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(shared).filter(([name]) => !taken.has(name.toLowerCase()))), ...own };
}
