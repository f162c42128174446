// What is deployed is what is tested.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { unstable_readConfig as readConfig } from "wrangler";

import { BINDINGS } from "./miniflare.mjs";

test("the harness has the bindings of wrangler.toml", () => {
  const config = readConfig({ config: fileURLToPath(new URL("../../wrangler.toml", import.meta.url)) });

  const onSqlite = config.migrations.flatMap((migration) => migration.new_sqlite_classes);
  const objects = config.durable_objects.bindings.map(({ name, class_name: className }) => [
    name,
    { className, useSQLite: onSqlite.includes(className) },
  ]);
  const consumers = config.queues.consumers.map((consumer) => [
    consumer.queue,
    {
      maxBatchSize: consumer.max_batch_size,
      maxRetries: consumer.max_retries,
      deadLetterQueue: consumer.dead_letter_queue,
    },
  ]);
  assert.deepEqual(BINDINGS, {
    compatibilityDate: config.compatibility_date,
    bindings: { ...config.vars },
    durableObjects: Object.fromEntries(objects),
    queueConsumers: Object.fromEntries(consumers),
  });
  assert.deepEqual(config.kv_namespaces.map(({ binding }) => binding), ["RULES"]);
  assert.deepEqual(config.triggers.crons, ["* * * * *"]);
});
