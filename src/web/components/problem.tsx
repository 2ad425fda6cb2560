import type { ComponentChildren, JSX } from "preact";
import { ApiError, wordsOf } from "../api/client.ts";
import type { Loaded } from "../lib/use-data.ts";

/** Something went wrong: what, and what to do. */
export function Problem({ error }: { readonly error: unknown }): JSX.Element {
  return (
    <div class="problem" role="alert">
      <strong>{error instanceof ApiError && error.status === 404 ? "Not there" : "That did not work"}</strong>
      <span>{wordsOf(error)}</span>
      {error instanceof ApiError && <code>{error.code}</code>}
    </div>
  );
}

interface ReadyProps<T> {
  readonly of: Loaded<T>;
  readonly children: (data: T) => ComponentChildren;
}

/** What is shown of loaded data; until it is there, that it comes, or why it doesn't. */
export function Ready<T>({ of, children }: ReadyProps<T>): JSX.Element {
  if (of.data === undefined) {
    return of.error === undefined ? (
      <div class="loading" role="status" aria-label="Loading" />
    ) : (
      <Problem error={of.error} />
    );
  }
  return <>{children(of.data)}</>;
}

interface EmptyProps {
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** Nothing is there, and how something gets there. */
export function Empty({ title, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
