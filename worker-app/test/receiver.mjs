// A receiver of webhooks on 127.0.0.1 that says what it got and answers as told.
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

export class Receiver {
  /** Status codes for the next requests; 200 once they are used up. */
  answers = [];
  #server;
  #got = [];
  #arrived = () => {};

  static async start() {
    const receiver = new Receiver();
    receiver.#server = createServer((request, response) => receiver.#take(request, response));
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/alert`;
  }

  /** The next notification: how it came, and the status it was answered with. */
  async next(milliseconds = 10_000) {
    const deadline = pause(milliseconds, "late", { ref: false });
    while (this.#got.length === 0) {
      const arrival = new Promise((resolve) => (this.#arrived = resolve));
      if ((await Promise.race([arrival, deadline])) === "late") {
        throw new Error(`no notification within ${milliseconds} ms`);
      }
    }
    return this.#got.shift();
  }

  /** How many notifications wait to be asked for. */
  get waiting() {
    return this.#got.length;
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const status = this.answers.shift() ?? 200;
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end();
    const { method, url: path, headers } = request;
    const key = headers["idempotency-key"];
    this.#got.push({ method, path, key, status, body: JSON.parse(Buffer.concat(chunks)) });
    this.#arrived("arrived");
  }
}
