import { createHash } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";

/** A registry with one image, `name:1`, that has this tar as its only layer, for who logs in as `ada` with `password`. */
export async function aRegistry(layer: Buffer, password: string): Promise<string> {
  const blobs = new Map<string, Buffer>();
  const add = (bytes: Buffer) => {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    blobs.set(digest, bytes);
    return { size: bytes.length, digest };
  };
  const stored = add(layer);
  const system = { architecture: process.arch === "x64" ? "amd64" : process.arch, os: "linux" };
  const config = { ...system, config: { Env: ["PATH=/bin"] }, rootfs: { type: "layers", diff_ids: [stored.digest] } };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: {
        mediaType: "application/vnd.docker.container.image.v1+json",
        ...add(Buffer.from(JSON.stringify(config))),
      },
      layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar", ...stored }],
    }),
  );
  const { digest } = add(manifest);
  const expected = `Basic ${Buffer.from(`ada:${password}`).toString("base64")}`;
  const answer = (response: ServerResponse, status: number, type: string, body: Buffer): void => {
    const headers = { "Content-Type": type, "Content-Length": body.length, "Docker-Content-Digest": digest };
    response.writeHead(status, headers).end(body);
  };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const asked = blobs.get(path.split("/").at(-1) ?? "");
    if (request.headers.authorization !== expected) {
      response.setHeader("WWW-Authenticate", 'Basic realm="test"');
      answer(
        response,
        401,
        "application/json",
        Buffer.from('{"errors":[{"code":"UNAUTHORIZED","message":"who are you?"}]}'),
      );
    } else if (path === "/v2/") answer(response, 200, "application/json", Buffer.from("{}"));
    else if (path === "/v2/name/manifests/1") answer(response, 200, MANIFEST_TYPE, manifest);
    else if (asked !== undefined)
      answer(response, 200, asked === manifest ? MANIFEST_TYPE : "application/octet-stream", asked);
    else {
      const message = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}';
      answer(response, 404, "application/json", Buffer.from(message));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
