import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { onTestFinished } from "vitest";

/** A mail as a server of a test had it. */
export interface HadMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Whom it was sent by, when somebody had logged in. */
  readonly user: string | undefined;
  readonly isPrivate: boolean;
  /** Headers and body, as they came. */
  readonly source: string;
}

export interface MailServer {
  readonly port: number;
  /** What it took, in order. */
  readonly mails: HadMail[];
}

/** Says no with a code of SMTP. */
export function refusal(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code });
}

/** A real mail server of this test alone. Without other options it takes all mail of everybody, in the clear. */
export async function mailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: HadMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.cert === undefined ? ["STARTTLS"] : [],
    disableReverseLookup: true,
    onData(stream, { envelope, user, secure }, callback) {
      const take = (source: string): void => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, user, isPrivate: secure, source });
        callback();
      };
      // A client that breaks off has sent nothing.
      text(stream).then(take, () => callback());
    },
    ...options,
  });
  // A client that goes away in the middle is what some tests are about.
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, mails };
}
