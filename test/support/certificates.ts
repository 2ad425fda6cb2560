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

/** An authority of this test alone, which signs certificates for names. */
export interface Authority extends Certificate {
  sign(names: string): Certificate;
}

export function signing(): Authority {
  const authority = selfSigned("DNS:authority");
  const ca_key = authority.cert_file.replace(/cert\.pem$/, "key.pem");
  const sign = (names: string) => certificate(names, ["-CA", authority.cert_file, "-CAkey", ca_key]);
  return { ...authority, sign };
}

/** A certificate of this test alone, for these names (`IP:127.0.0.1`, `DNS:localhost`). */
export function selfSigned(names: string): Certificate {
  return certificate(names, []);
}

function certificate(names: string, signer: readonly string[]): Certificate {
  const folder = temporaryFolder();
  const cert_file = join(folder, "cert.pem");
  const key_file = join(folder, "key.pem");
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const named = ["-subj", "/CN=test", "-addext", `subjectAltName=${names}`];
  execFileSync("openssl", [...made, ...named, ...signer, "-keyout", key_file, "-out", cert_file], { stdio: "pipe" });
  return { cert: readFileSync(cert_file, "utf8"), key: readFileSync(key_file, "utf8"), cert_file };
}
