/**
 * Whether a path fits a glob, both with slashes: `*` stands for anything within one name, `**` for any number of
 * folders, `?` for one character, `{a,b}` for either. A glob without a slash fits the name of a file in any folder, as
 * in .gitignore; one that ends with a slash, everything below that folder.
 */
export function matchesGlob(path: string, glob: string): boolean {
  return expressionOf(glob).test(path);
}

const known = new Map<string, RegExp>();

function expressionOf(glob: string): RegExp {
  const before = known.get(glob);
  if (before !== undefined) return before;
  const expression = new RegExp(`^${sourceOf(rooted(glob))}$`, "su");
  known.set(glob, expression);
  return expression;
}

function rooted(glob: string): string {
  const plain = glob.replace(/^(\.\/|\/)/, "");
  const whole = plain.endsWith("/") ? `${plain}**` : plain;
  return glob.includes("/") ? whole : `**/${whole}`;
}

function sourceOf(glob: string): string {
  let depth = 0;
  return glob.replace(/\*\*\/|\*+|[?{},]|[^*?{},]+/g, (part) => {
    switch (part) {
      case "**/":
        return "(?:[^/]+/)*";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      case "{":
        depth++;
        return "(?:";
      case "}":
        if (depth === 0) return "\\}";
        depth--;
        return ")";
      case ",":
        return depth === 0 ? "," : "|";
      default:
        return part.startsWith("*") ? ".*" : part.replace(/[\\^$.|+()[\]/-]/g, "\\$&");
    }
  });
}

/** What is wrong with a glob, in words; undefined when nothing is. */
export function globProblem(glob: string): string | undefined {
  if (glob.trim() === "") return "is empty";
  if (glob.includes("\\")) return "has a backslash: folders are separated by `/`";
  if (glob.startsWith("!")) return "begins with `!`, which means nothing here";
  if (/[[\]]/.test(glob)) return "has square brackets, which mean nothing here";
  if (glob.split("/").includes("..")) return "leads out of the repository with `..`";
  let depth = 0;
  for (const char of glob) {
    if (char === "{") depth++;
    if (char === "}" && --depth < 0) return "closes a brace that it did not open";
  }
  return depth > 0 ? "opens a brace that it does not close" : undefined;
}
