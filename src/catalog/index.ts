export { type Catalog, type CatalogOptions, loadCatalog } from "./catalog.ts";
export { type CheckedCatalog, type CheckOptions, checkCatalog } from "./check-catalog.ts";
export { checkShare, type Share } from "./check-share.ts";
export { type FoundFiles, findFiles, isPipelineFile, isSkipped } from "./find.ts";
export {
  type Checkout,
  commitFolder,
  type FollowOptions,
  followGit,
  type GitCatalog,
  type GitSync,
  lastLive,
} from "./git/follow.ts";
export { type GitCredentials, gitRemote, type Head, type RemoteOptions } from "./git/remote.ts";
export type { GitState } from "./git/state.ts";
export { type ListedFile, listFiles, nameFor, readListed, type Source } from "./list.ts";
export { type CatalogState, type LiveCatalog, watchCatalog } from "./live.ts";
export { pipelineNames } from "./names.ts";
export { pathKinds } from "./path-kinds.ts";
export { type Picked, type PickOptions, pickPipeline } from "./pick.ts";
export { findProgram, shellcheckWith } from "./shellcheck.ts";
export { findStrays } from "./stray.ts";
export { watchFolder } from "./watch-folder.ts";
