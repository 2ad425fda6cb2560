import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

export interface Certificate {
  /** The certificate as PEM; it has signed itself. */
  readonly cert: string;
  readonly key: string;
  readonly cert_file: string;
}

/** A certificate of this test alone, for these names (`IP:127.0.0.1`, `DNS:localhost`). */
export function selfSigned(names: string): Certificate {
  const folder = temporaryFolder();
  const cert_file = join(folder, "cert.pem");
  const key_file = join(folder, "key.pem");
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const named = ["-subj", "/CN=test", "-addext", `subjectAltName=${names}`];
  execFileSync("openssl", [...made, ...named, "-keyout", key_file, "-out", cert_file], { stdio: "pipe" });
  return { cert: readFileSync(cert_file, "utf8"), key: readFileSync(key_file, "utf8"), cert_file };
}
