export {
  type About,
  type Actions,
  type Happening,
  type LogEntry,
  ROLES,
  type Role,
  type ServerApi,
  type SyncAnswer,
  type Who,
} from "./api.ts";
export { refuseOtherNames } from "./auth.ts";
export { CONTENT_POLICY, Page } from "./page.ts";
export { problemOf } from "./problems.ts";
export { type Server, type ServerOptions, startServer } from "./server.ts";
export { newToken, readTokens, type StoredToken, writeTokens } from "./tokens.ts";
