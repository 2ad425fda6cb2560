import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/** Prints what it is told, and ends when it has been told so often. */
export default function receive(
  _: unknown,
  { port, count }: { port: number; count: number },
): Promise<{ told: string[] }> {
  const told: string[] = [];
  return new Promise((resolve, reject) => {
    const server = createServer(async (request, response) => {
      response.end();
      if (request.method !== "POST") return;
      const message = (await json(request)) as { subject?: string; text: string };
      told.push(message.subject ?? message.text);
      console.log(message.subject ?? "", message.text);
      if (told.length < count) return;
      server.close();
      server.closeIdleConnections();
      resolve({ told: told.sort() });
    });
    server.on("error", reject).listen(port, "127.0.0.1");
  });
}
