// Takes the mail and the Slack messages of the examples, and prints each as a line of JSON. Nothing is passed on.
//
//   npx node examples/alerts/receivers.mjs [SMTP_PORT] [HTTP_PORT]
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";

const [smtp_port = 1025, http_port = 1026] = process.argv.slice(2).map(Number);
const print = (line) => console.log(JSON.stringify(line));

const mail = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  disableReverseLookup: true,
  onData(stream, { envelope }, callback) {
    text(stream).then((source) => {
      print({ mail: { to: envelope.rcptTo.map(({ address }) => address), source } });
      callback();
    }, callback);
  },
});
mail.on("error", (error) => console.error(`mail: ${error.message}`));

const slack = createServer(async (request, response) => {
  print({ slack: JSON.parse(await text(request)).text });
  response.end("ok");
});

mail.listen(smtp_port, "127.0.0.1", () => {
  slack.listen(http_port, "127.0.0.1", () => {
    print({ listening: { smtp_port: mail.server.address().port, http_port: slack.address().port } });
  });
});
