import type { ComponentChildren, JSX } from "preact";
import { Markdown } from "../../components/markdown.tsx";
import { boundsOf, type FieldSchema, textOf } from "../../lib/form-values.ts";
import type { PipelineAnswer } from "../../lib/pipeline-answer.ts";
import { duration } from "../../lib/words.ts";

/** What the file says of the pipeline, in words. */
export function DetailsTab({ data: { pipeline } }: { readonly data: PipelineAnswer }): JSX.Element {
  const { doc, owner, file, version, params, slo, max_active_runs, max_active_tasks, timeout_ms, notify } = pipeline;
  const channels = Object.entries(notify).flatMap(([cause, list]) =>
    Array.isArray(list) ? list.map((channel) => ({ cause, channel: channel as { readonly operator?: string } })) : [],
  );
  return (
    <div class="columns">
      {doc !== undefined && (
        <div class="card">
          <Markdown text={doc} />
        </div>
      )}
      <div class="card">
        <h2>Pipeline</h2>
        <dl class="pairs">
          <Fact name="File">
            <code>{file}</code>
          </Fact>
          <Fact name="Version">
            <code>{version.slice(0, 12)}</code>
          </Fact>
          {owner !== undefined && <Fact name="Owner">{owner}</Fact>}
          <Fact name="Runs at once">{max_active_runs}</Fact>
          <Fact name="Tasks at once">{max_active_tasks}</Fact>
          <Fact name="Time-out">{timeout_ms === undefined ? "none" : duration(timeout_ms)}</Fact>
          {slo?.success_rate !== undefined && <Fact name="Promised success">{slo.success_rate * 100}%</Fact>}
          {slo?.max_duration_ms !== undefined && (
            <Fact name="Promised duration">at most {duration(slo.max_duration_ms)}</Fact>
          )}
          {slo?.freshness_ms !== undefined && <Fact name="Promised freshness">{duration(slo.freshness_ms)}</Fact>}
        </dl>
      </div>
      <div class="card">
        <h2>Params</h2>
        {Object.keys(params).length === 0 && <p class="quiet-text">None.</p>}
        <dl class="pairs">
          {Object.entries(params).map(([name, { schema, default: value }]) => (
            <Fact key={name} name={<code>{name}</code>}>
              {[
                (schema as FieldSchema).description,
                boundsOf(schema as FieldSchema),
                value === undefined ? "required" : `default ${textOf(value) || '""'}`,
              ]
                .filter(Boolean)
                .join(" · ")}
            </Fact>
          ))}
        </dl>
      </div>
      {channels.length > 0 && (
        <div class="card">
          <h2>Who is told</h2>
          <dl class="pairs">
            {channels.map(({ cause, channel }, index) => (
              <Fact key={`${cause}${index}`} name={cause.replaceAll("_", " ")}>
                {channel.operator}
              </Fact>
            ))}
          </dl>
        </div>
      )}
    </div>
  );
}

interface FactProps {
  readonly name: ComponentChildren;
  readonly children: ComponentChildren;
}

function Fact({ name, children }: FactProps): JSX.Element {
  return (
    <div class="pair">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
