import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/** Answers requests until one asks it to stop. */
export default function serve(_: unknown, { port }: { port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer(async (request, response) => {
      const body = await text(request);
      const json = (status: number, value: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      switch (`${request.method} ${request.url}`) {
        case "GET /health":
          return json(200, { up: true });
        case "POST /models":
          return json(201, { id: "m1", ...JSON.parse(body) });
        case "GET /models/m1":
          return response.end("weights of m1\n");
        case "POST /stop":
          response.writeHead(200, { connection: "close" }).end(() => server.close(() => resolve()));
          return server.closeIdleConnections();
        default:
          return json(404, { error: `there is no ${request.url}` });
      }
    });
    server.on("error", reject).listen(port, "127.0.0.1");
  });
}
