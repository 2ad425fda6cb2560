import type { JSX } from "preact";
import { Empty } from "../components/problem.tsx";

/** An address that names nothing. */
export function NotFoundPage(): JSX.Element {
  return (
    <Empty title="There is nothing at this address">
      <p>It may have been mistyped, or what it named is gone.</p>
      <p>
        <a href="/">All pipelines</a> · <a href="/runs">All runs</a>
      </p>
    </Empty>
  );
}
