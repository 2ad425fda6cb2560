import type { JSX } from "preact";
import type { Finding } from "../generated/api.ts";

interface SourceViewProps {
  readonly text: string;
  readonly findings: readonly Finding[];
}

/** YAML with its lines' numbers, and under each line what is wrong with it. */
export function SourceView({ text, findings }: SourceViewProps): JSX.Element {
  const byLine = Map.groupBy(findings, ({ line }) => line);
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    <section
      class="source mono"
      aria-label="Source"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
    >
      {lines.map((line, index) => (
        <div key={`${index}`}>
          <div class="line">
            <span class="number">{index + 1}</span>
            <Yaml line={line} />
          </div>
          {byLine.get(index + 1)?.map(({ code, severity, message, hint }) => (
            <div key={code + message} class={`finding ${severity}`}>
              {severity} {code}: {message}
              {hint !== undefined && `; ${hint}`}
            </div>
          ))}
        </div>
      ))}
    </section>
  );
}

/** A line with its key and its comment told apart. */
function Yaml({ line }: { readonly line: string }): JSX.Element {
  const [, before = "", rest = line] = /^(\s*(?:- )?)(.*)$/s.exec(line) ?? [];
  const [, comment] = /(?:^|\s)(#.*)$/.exec(rest) ?? [];
  const code = comment === undefined ? rest : rest.slice(0, rest.length - comment.length);
  const [, key, value] = /^([\w.-]+:)(\s.*|)$/s.exec(code) ?? [];
  return (
    <>
      {before}
      {key === undefined ? code : <span class="key">{key}</span>}
      {value}
      {comment !== undefined && <span class="comment">{comment}</span>}
    </>
  );
}
