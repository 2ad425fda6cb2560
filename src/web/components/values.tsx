import type { JSX } from "preact";
import type { JsonValue } from "../generated/api.ts";

/** Names and values, as they are. */
export function Values({ of }: { readonly of: Readonly<Record<string, JsonValue | undefined>> }): JSX.Element {
  const pairs = Object.entries(of).filter(([, value]) => value !== undefined);
  return (
    <dl class="pairs">
      {pairs.map(([name, value]) => (
        <div key={name} class="pair">
          <dt>
            <code>{name}</code>
          </dt>
          <dd class="value mono">{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</dd>
        </div>
      ))}
    </dl>
  );
}
