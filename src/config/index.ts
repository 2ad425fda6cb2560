export type { Config } from "./config.ts";
export { CONFIG_FILE, type ConfigFlags, type ConfigSources, type LoadedConfig, loadConfig } from "./load.ts";
