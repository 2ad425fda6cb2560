import type { Location, Position } from "vscode-languageserver/node";
import { type PipelineSymbol, symbolAt, symbolsOf } from "../../language/index.ts";
import { closedRange, shownRange } from "../diagnostics.ts";
import { uriOf } from "../paths.ts";
import type { Opened, Workspace } from "../workspace.ts";

/** Where the task, the output or the param at a place is defined; of another pipeline's name, that pipeline. */
export function definition(opened: Opened, position: Position, workspace: Workspace): Location | undefined {
  const { document, project } = opened;
  const model = project.checked(document).source;
  if (model === undefined) return undefined;
  const offset = document.offsetAt(position);
  const index = symbolsOf(model);
  const symbol = symbolAt(index, offset)?.symbol;
  if (symbol !== undefined) {
    const at = symbol.occurrences.find(({ role }) => role === "definition")?.at;
    return at === undefined ? undefined : { uri: document.uri, range: document.rangeOf(at) };
  }
  const mention = index.pipelines.find(({ at }) => at.start <= offset && offset <= at.end);
  return mention === undefined ? undefined : pipelineLocation(mention.name, opened, workspace);
}

/** Every place that means the same as the one at a place. */
export function references(
  { document, project }: Opened,
  position: Position,
  withDefinition: boolean,
): readonly Location[] {
  const symbol = symbolUnder({ document, project }, position);
  const places = symbol?.occurrences.filter(({ role }) => withDefinition || role !== "definition") ?? [];
  return places.map(({ at }) => ({ uri: document.uri, range: document.rangeOf(at) }));
}

function symbolUnder({ document, project }: Opened, position: Position): PipelineSymbol | undefined {
  const model = project.checked(document).source;
  return model === undefined ? undefined : symbolAt(symbolsOf(model), document.offsetAt(position))?.symbol;
}

function pipelineLocation(name: string, { project }: Opened, workspace: Workspace): Location | undefined {
  const open = workspace.pipelinesOf(project);
  for (const [path, summary] of project.summaries(open)) {
    if (summary.name !== name) continue;
    const document = open.find((each) => each.path === path);
    if (document !== undefined) return { uri: document.uri, range: shownRange(summary.name_at, document) };
    return { uri: uriOf(path), range: closedRange(summary.name_at) };
  }
  return undefined;
}
