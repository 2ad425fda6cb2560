import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/index.ts";
import { describeSettings } from "../../../src/daemon/settings.ts";
import { aFolder } from "../../support/engine-process.ts";

const ENGINE_YAML = `
pools: { gpu: 2 }
vars: { region: eu }
secrets: { commands: { API_TOKEN: [vault, get, hidden-path] } }
connections:
  warehouse: { type: postgres, host: db, user: me, password: "\${{ secrets.DB_PASSWORD }}", database: d }
server: { tls: { cert: cert.pem, key: key.pem } }
metrics: { grafana_url: "https://grafana.example.com" }
retention: { runs: 10d }
`;

test("settings are told with durations as they are written, and with no way to a secret", () => {
  const cwd = aFolder({ "engine.yaml": ENGINE_YAML });
  const { config, diagnostics } = loadConfig({ cwd, env: { ENGINE_SECRET_DB_PASSWORD: "hunter2" }, flags: {} });
  expect(diagnostics).toEqual([]);
  if (config === undefined) throw new Error("no configuration");
  const settings = describeSettings(config);
  expect(settings).toMatchObject({
    pools: { gpu: 2 },
    vars: { region: "eu" },
    secrets: { environment: ["DB_PASSWORD"], commands: ["API_TOKEN"], timeout: "10s", refresh: "5m" },
    connections: { warehouse: "postgres" },
    server: { host: "127.0.0.1", port: 8420, tls: true },
    metrics: { grafana_url: "https://grafana.example.com" },
    retention: { runs: "10d", keep_runs: 10 },
  });
  expect(JSON.stringify(settings)).not.toMatch(/hunter2|hidden-path|cert\.pem|"me"/);
});
