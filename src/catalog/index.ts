export { type Catalog, type CatalogOptions, loadCatalog } from "./catalog.ts";
export { type FoundFiles, findFiles, isPipelineFile, isSkipped } from "./find.ts";
export { nameFor, type Source } from "./list.ts";
export { type Picked, type PickOptions, pickPipeline } from "./pick.ts";
export { findStrays } from "./stray.ts";
