/** An element of XML. `text`: what stands directly in it, its entities resolved. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Reads the part of XML that reports use, strictly: throws at the first thing that is not well-formed. */
export function readXml(text: string): readonly XmlElement[] {
  const body = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, "");
  if (body === text) throw new Error("there is no XML declaration");
  const root = { name: "", attributes: {}, children: [] as XmlElement[], text: "" };
  const open = [root];
  let at = 0;
  for (const match of body.matchAll(/<(\/?)([a-z-]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>|([^<]+)/g)) {
    if (match.index !== at) throw new Error(`not well-formed: ${body.slice(at, at + 40)}`);
    at += match[0].length;
    const [, closing, name = "", attributes = "", empty, content] = match;
    const current = open.at(-1)!;
    if (content !== undefined) current.text += resolved(content);
    else if (closing === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      const element = { name, attributes: attributesOf(attributes), children: [] as XmlElement[], text: "" };
      current.children.push(element);
      if (empty !== "/") open.push(element);
    }
  }
  if (at !== body.length || open.length !== 1) throw new Error(`not well-formed: ${body.slice(at, at + 40)}`);
  return root.children;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, resolved(value)]);
  const attributes: Record<string, string> = Object.fromEntries(pairs);
  if (Object.keys(attributes).length !== pairs.length) throw new Error(`an attribute stands twice: ${text}`);
  return attributes;
}

function resolved(text: string): string {
  if (/&(?!(#\d+|[a-z]+);)/.test(text)) throw new Error(`a bare ampersand: ${text}`);
  return text.replace(/&(?:#(\d+)|([a-z]+));/g, (whole, code, name) => {
    const value = code === undefined ? ENTITIES[name] : String.fromCodePoint(Number(code));
    if (value === undefined) throw new Error(`an unknown entity: ${whole}`);
    return value;
  });
}
