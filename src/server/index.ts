export type { About, Actions, Happening, LogEntry, ServerApi, TriggerRequest, Who } from "./api.ts";
export { type Server, type ServerOptions, startServer } from "./server.ts";
export { newToken, readTokens, type StoredToken, writeTokens } from "./tokens.ts";
