import { type DocumentSymbol, type SymbolInformation, SymbolKind } from "vscode-languageserver/node";
import { type PipelineSymbol, symbolsOf } from "../../language/index.ts";
import type { Client } from "../client.ts";
import type { OpenDocument } from "../open-document.ts";
import type { Opened } from "../workspace.ts";

const KINDS: Readonly<Record<PipelineSymbol["kind"], SymbolKind>> = {
  task: SymbolKind.Function,
  output: SymbolKind.Field,
  param: SymbolKind.Variable,
};

/** The params and tasks of a pipeline, outputs under their tasks; without a tree one after the other. */
export function documentSymbols({ document, project }: Opened, client: Client): DocumentSymbol[] | SymbolInformation[] {
  const model = document.modelAt(0, project.nameOf(document.path), project.options);
  if (model === undefined) return [];
  const { symbols } = symbolsOf(model);
  const defined = symbols.filter(({ whole }) => whole !== undefined);
  if (!client.symbolTree) {
    return defined.map((symbol) => ({
      name: symbol.name,
      kind: KINDS[symbol.kind],
      location: { uri: document.uri, range: document.rangeOf(symbol.whole ?? NOWHERE) },
      ...(symbol.task === undefined ? {} : { containerName: symbol.task }),
    }));
  }
  const show = (symbol: PipelineSymbol): DocumentSymbol => ({
    ...shown(symbol, document),
    detail: symbol.kind === "task" ? (model.tasks.get(symbol.name)?.operator?.name ?? "") : typeOf(symbol),
    children: symbol.kind === "task" ? defined.filter(({ task }) => task === symbol.name).map(show) : [],
  });
  const typeOf = ({ kind, name, task }: PipelineSymbol): string => {
    const schema = (kind === "param" ? model.params : model.tasks.get(task ?? "")?.outputs)?.get(name)?.schema;
    return typeof schema?.type === "string" ? schema.type : "";
  };
  return defined.filter(({ kind }) => kind !== "output").map(show);
}

const NOWHERE = { start: 0, end: 0 };

function shown(
  symbol: PipelineSymbol,
  document: OpenDocument,
): Pick<DocumentSymbol, "name" | "kind" | "range" | "selectionRange"> {
  const key = symbol.occurrences.find(({ role }) => role === "definition")?.at ?? NOWHERE;
  return {
    name: symbol.name,
    kind: KINDS[symbol.kind],
    range: document.rangeOf(symbol.whole ?? key),
    selectionRange: document.rangeOf(key),
  };
}
