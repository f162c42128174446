// The built Worker in workerd, by Miniflare, with the bindings of wrangler.toml.
//
// Everything runs offline and on 127.0.0.1. State lives in a temporary folder
// (in memory where the machine has /dev/shm) unless a folder is given.
import { accessSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Log, LogLevel, Miniflare } from "miniflare";

const BUILD = fileURLToPath(new URL("../build/", import.meta.url));

/** The queue that the Worker consumes. */
const QUEUE = "tripline-readings";

/** The bindings of wrangler.toml, in Miniflare's words; a test compares them. */
export const BINDINGS = {
  compatibilityDate: "2026-04-01",
  bindings: { SHARDS: "4" },
  durableObjects: {
    SHARD: { className: "Shard", useSQLite: true },
    FLEET: { className: "FleetShard", useSQLite: true },
    ALERTS: { className: "AlertAggregator", useSQLite: true },
  },
  queueConsumers: {
    [QUEUE]: { maxBatchSize: 100, maxRetries: 100, deadLetterQueue: `${QUEUE}-dead` },
  },
};

/** One workerd with the Worker in it, which can be emptied and restarted. */
export class WorkerHost {
  #miniflare;
  #modules;
  #settings;
  #generation = 0;

  /**
   * Starts the Worker.
   *
   * @param {object} settings
   * @param {Record<string, string>} [settings.vars] variables and secrets of the Worker
   * @param {string} [settings.persist] folder for its state; without it state is gone at the end
   * @param {number} [settings.port] port on 127.0.0.1; 0 takes a free one
   */
  static async start(settings = {}) {
    const host = new WorkerHost();
    host.#settings = settings;
    host.#modules = await builtModules();
    if (!settings.persist) keepTemporaryFilesInMemory();
    host.#miniflare = new Miniflare(host.#options());
    await host.#miniflare.ready;
    return host;
  }

  /** Where it listens, without a slash at the end. */
  async url() {
    return (await this.#miniflare.ready).origin;
  }

  /** Empties it: the next request meets a Worker that was never used. */
  async renew(vars = this.#settings.vars) {
    this.#generation += 1;
    await this.restart(vars);
  }

  /** Ends the process and starts another on the same state. */
  async restart(vars = this.#settings.vars) {
    this.#settings = { ...this.#settings, vars };
    await this.#miniflare.setOptions(this.#options());
    await this.#miniflare.ready;
  }

  /** Puts one message into the queue; returns before it is consumed. */
  async send(body, options) {
    const producer = await this.#miniflare.getQueueProducer("TEST_PRODUCER");
    await producer.send(body, options);
  }

  /** Hands a batch to the consumer, waits, and says what it did with each message. */
  async consume(bodies) {
    const worker = await this.#miniflare.getWorker();
    const messages = bodies.map((body, index) => ({
      id: `${index}`,
      timestamp: new Date(),
      attempts: 1,
      body,
    }));
    return worker.queue(QUEUE, messages);
  }

  /** Runs the cron trigger and waits for its end. */
  async cron() {
    const worker = await this.#miniflare.getWorker();
    return worker.scheduled({ scheduledTime: new Date(), cron: "* * * * *" });
  }

  /** The KV namespace with the copy of the rule set. */
  async rules() {
    return this.#miniflare.getKVNamespace("RULES");
  }

  async stop() {
    await this.#miniflare.dispose();
  }

  // Names end in the generation, so that a renewed host finds nothing of the last one's.
  #options() {
    const { vars = {}, persist, port = 0 } = this.#settings;
    return {
      name: `tripline-${this.#generation}`,
      host: "127.0.0.1",
      port,
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.WARN),
      handleRuntimeStdio: toStandardError,
      defaultPersistRoot: persist,
      modules: this.#modules,
      modulesRoot: BUILD,
      ...BINDINGS,
      bindings: { ...BINDINGS.bindings, ...vars },
      kvNamespaces: { RULES: `rules-${this.#generation}` },
      queueProducers: { TEST_PRODUCER: { queueName: QUEUE } },
      queueConsumers: { [QUEUE]: { ...BINDINGS.queueConsumers[QUEUE], maxBatchTimeout: 0.1 } },
      unsafeTriggerHandlers: true,
    };
  }
}

async function builtModules() {
  try {
    return [
      {
        type: "ESModule",
        path: join(BUILD, "index.js"),
        contents: await readFile(join(BUILD, "index.js"), "utf8"),
      },
      {
        type: "CompiledWasm",
        path: join(BUILD, "index_bg.wasm"),
        contents: await readFile(join(BUILD, "index_bg.wasm")),
      },
    ];
  } catch (error) {
    throw new Error(`the Worker is not built (worker-app/README.md says how): ${error.message}`);
  }
}

// A durable commit on a slow disk takes longer than all the rest of a test.
function keepTemporaryFilesInMemory() {
  try {
    accessSync("/dev/shm", constants.W_OK);
    process.env.TMPDIR = "/dev/shm";
  } catch {
    // Not Linux: the usual temporary folder does.
  }
}

// Standard output belongs to the protocol of host.mjs.
function toStandardError(stdout, stderr) {
  for (const output of [stdout, stderr]) {
    output.on("data", (chunk) => process.stderr.write(chunk));
  }
}
