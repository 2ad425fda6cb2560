import { stringify } from "yaml";
import type { Config } from "../../config/index.ts";

/** What Prometheus needs to find the engine of this configuration, with what to do beside it in comments. */
export function scrapeConfig({ server: { host, port, auth, tls } }: Config): string {
  const address = host === "0.0.0.0" || host === "::" ? "HOST" : host;
  const target = `${address.includes(":") ? `[${address}]` : address}:${port}`;
  const job = {
    job_name: "engine",
    scrape_interval: "15s",
    ...(tls !== undefined && { scheme: "https" }),
    ...(auth === "token" && { authorization: { credentials_file: "/etc/prometheus/engine-token" } }),
    static_configs: [{ targets: [target] }],
  };
  const notes = [
    ...(address === "HOST" ? ["# HOST is the engine's name, as Prometheus reaches it."] : []),
    ...(auth === "token" ? ["# The token: engine token create prometheus --role viewer"] : []),
    "# Exemplars lead from a duration to its run: start Prometheus with --enable-feature=exemplar-storage.",
  ];
  return `${notes.join("\n")}\n${stringify({ scrape_configs: [job] }, { lineWidth: 0 })}`;
}
