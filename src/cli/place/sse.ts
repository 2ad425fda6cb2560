/** An event of a stream. */
export interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
}

/** The server-sent events of a response, as they come. Ends with the stream. */
export async function* serverSentEvents(response: Response): AsyncGenerator<ServerSentEvent, void, undefined> {
  if (response.body === null) return;
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = eventOf(block);
      if (event !== undefined) yield event;
    }
  }
}

/** Undefined for a block that carries no event: a comment, a time to wait. */
function eventOf(block: string): ServerSentEvent | undefined {
  const fields = block.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line));
  const of = (name: string): readonly string[] =>
    fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ""] : []));
  const data = of("data");
  return data.length === 0 ? undefined : { type: of("event")[0] ?? "message", data: data.join("\n") };
}
