export type { Config, GitConfig, PluginEntry, Retention, SecretSources, ServerConfig } from "./config.ts";
export { absoluteConnection } from "./connections.ts";
export { CONFIG_FILE, type ConfigFlags, type ConfigSources, type LoadedConfig, loadConfig } from "./load.ts";
export { secretFiles, secretNames } from "./secrets.ts";
