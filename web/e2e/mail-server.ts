// A MailServer takes every mail that is sent to it and keeps it to be read.
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

export type Letter = { to: string; subject: string; text: string };

export class MailServer {
  readonly letters: Letter[] = [];
  #refused: string | undefined;
  readonly #server: Server = createServer((socket) => this.#talk(socket));

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  // refuse has mail to an address answered as one to nobody.
  refuse(address: string): void {
    this.#refused = address;
  }

  listen(): Promise<void> {
    return new Promise((done) => this.#server.listen(0, "127.0.0.1", done));
  }

  close(): Promise<void> {
    return new Promise((done) => this.#server.close(() => done()));
  }

  #talk(socket: Socket): void {
    const say = (line: string) => socket.write(`${line}\r\n`);
    let rest = "";
    let to = "";
    let body: string[] | undefined;
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (body) {
          if (line !== ".") {
            body.push(line.replace(/^\./, ""));
            continue;
          }
          this.letters.push(letter(to, body));
          body = undefined;
          say("250 taken");
          continue;
        }
        const command = line.toUpperCase();
        if (command.startsWith("RCPT TO:")) to = /<(.*)>/.exec(line)?.[1] ?? "";
        if (command.startsWith("EHLO")) say("250 mail.test");
        else if (command.startsWith("RCPT TO:") && to === this.#refused)
          say("550 5.1.1 nobody has this address");
        else if (command === "DATA") {
          body = [];
          say("354 go ahead");
        } else if (command === "QUIT") {
          say("221 bye");
          socket.end();
        } else say("250 ok");
      }
    });
    say("220 mail.test ESMTP");
  }
}

// letter reads a mail of plain text in quoted-printable.
function letter(to: string, lines: string[]): Letter {
  const end = lines.indexOf("");
  const subject = lines.slice(0, end).find((line) => line.startsWith("Subject: ")) ?? "";
  const text = lines
    .slice(end + 1)
    .join("\n")
    .replace(/=\n/g, "")
    .replace(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll("=", ""), "hex").toString("utf8"));
  return { to, subject: subject.slice("Subject: ".length), text };
}
