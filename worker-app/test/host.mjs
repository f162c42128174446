// Runs the built Worker for another process, which talks to it over pipes.
//
//   node worker-app/test/host.mjs [--port PORT] [--persist FOLDER] [--var NAME=VALUE]…
//
// Prints one JSON line when it is ready, {"url":"http://127.0.0.1:…"}, and one
// for each line of standard input:
//
//   new [{"NAME":"VALUE",…}]   empties the state, and replaces the variables if given → {"url":…}
//   restart                    ends the process and starts another on the same state  → {"url":…}
//   queue BODY                 one message with the JSON value BODY, consumed by now   → {"ack":…,"retry":…}
//   cron                       runs the cron trigger                                   → {"outcome":"ok"}
//
// A command that does not work is answered with {"error":…}. It ends when
// standard input does. What the Worker logs goes to standard error.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

import { WorkerHost } from "./miniflare.mjs";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    persist: { type: "string" },
    var: { type: "string", multiple: true, default: [] },
  },
});
const vars = Object.fromEntries(
  values.var.map((text) => {
    const cut = text.indexOf("=");
    if (cut < 1) throw new Error(`--var ${text}: NAME=VALUE is wanted`);
    return [text.slice(0, cut), text.slice(cut + 1)];
  }),
);

const host = await WorkerHost.start({ vars, persist: values.persist, port: Number(values.port) });
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await host.stop();
    process.exit(0);
  });
}

const commands = {
  async new(argument) {
    await host.renew(argument ? JSON.parse(argument) : undefined);
    return { url: await host.url() };
  },
  async restart() {
    await host.restart();
    return { url: await host.url() };
  },
  async queue(argument) {
    const { explicitAcks, retryMessages } = await host.consume([JSON.parse(argument)]);
    return { ack: explicitAcks.length, retry: retryMessages.length };
  },
  async cron() {
    const { outcome } = await host.cron();
    return { outcome };
  },
};

function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

answer({ url: await host.url() });
for await (const line of createInterface({ input: process.stdin })) {
  const [name, argument] = line.trim().split(/ (.*)/s);
  try {
    const command = commands[name];
    if (!command) throw new Error(`${name}: new, restart, queue or cron is wanted`);
    answer(await command(argument));
  } catch (error) {
    answer({ error: `${error.message}` });
  }
}
await host.stop();
