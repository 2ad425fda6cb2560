// A file of its own: every command needs it, and few need the rest of the package.
import manifest from "../../package.json" with { type: "json" };

/** The package's version: `0.1.0`. */
export const VERSION: string = manifest.version;
