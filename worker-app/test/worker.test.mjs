// The Worker alone, in workerd, on real time: what only this host can do wrong.
// What it answers is checked for all hosts by tests/conformance.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { Client, TOKEN } from "./client.mjs";
import { WorkerHost } from "./miniflare.mjs";
import { Receiver } from "./receiver.mjs";

const HOT = { id: "hot", devices: { id: "boiler-*" }, when: "temp > 80" };

/** A host with one receiver, and a client of it. */
async function start(settings = {}, vars = {}) {
  const receiver = await Receiver.start();
  const host = await WorkerHost.start({
    ...settings,
    vars: { ADMIN_TOKEN: TOKEN, WEBHOOK_URL: receiver.url, ...vars },
  });
  const client = new Client(await host.url());
  const stop = async () => {
    await host.stop();
    await receiver.stop();
  };
  return { receiver, host, client, stop };
}

/** Calls `look` until it gives something, for at most ten seconds. */
async function eventually(look) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`it did not come about: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("timers", () => {
  let at;
  before(async () => (at = await start()));
  after(() => at.stop());

  test("an alarm fires what was held long enough, and the receiver is told once", async () => {
    await at.client.putRule({ ...HOT, for: "1s" });
    const began = Date.now();
    await at.client.read("boiler-1", { temp: 85 }, began);

    const { body, key } = await at.receiver.next();

    assert.equal(body.kind, "firing");
    assert.equal(body.device, "boiler-1");
    assert.equal(Date.parse(body.at), began + 1_000);
    assert.equal(key, body.id);
    const late = Date.now() - (began + 1_000);
    assert.ok(late >= 0 && late < 3_000, `told ${late} ms after the deadline`);
    assert.equal(at.receiver.waiting, 0);
  });

  test("a receiver that answers 500, or leads elsewhere, is told again with the same key", async () => {
    await at.client.putRule(HOT);
    at.receiver.answers = [500, 302];
    await at.client.read("boiler-2", { temp: 85 });

    const told = [await at.receiver.next(), await at.receiver.next(), await at.receiver.next()];

    assert.deepEqual(told.map(({ status }) => status), [500, 302, 200]);
    assert.deepEqual(told.map(({ path }) => path), ["/alert", "/alert", "/alert"]);
    assert.deepEqual(told.map(({ body }) => body.attempt), [1, 2, 3]);
    assert.equal(new Set(told.map(({ key }) => key)).size, 1);
  });

  test("devices of several shards meet in their group, whose own alarm fires what was held", async () => {
    const when = "devices(temp > 80) >= 4";
    await at.client.putRule({ id: "site-hot", per: ["site"], when, for: "1s" });
    const began = Date.now();
    const readings = ["oven-1", "oven-2", "oven-3", "oven-4"].map((device) => ({
      device,
      ts: began,
      values: { temp: 85 },
      tags: { site: "plant-1" },
    }));
    assert.equal((await at.client.post("/v1/readings", readings)).accepted, 4);

    const { body } = await at.receiver.next();

    assert.equal(body.kind, "firing");
    assert.deepEqual(body.group, { site: "plant-1" });
    assert.equal(body.value, 4);
    assert.equal(Date.parse(body.at), began + 1_000);
    assert.equal(at.receiver.waiting, 0);
  });

  test("the header of the test clock is ignored", async () => {
    const now = { "tripline-now": `${Date.now() + 86_400_000}` };
    const reading = { device: "boiler-3", ts: Date.now() + 3_600_000, values: { temp: 20 } };

    const answer = await at.client.post("/v1/readings", reading, now);

    assert.equal(answer.refused, 1);
    assert.equal(answer.errors[0].code, "clock_ahead");
  });

  test("a rule set is copied to KV under its version", async () => {
    const kv = await at.host.rules();
    await at.client.putRule({ ...HOT, id: "copied" });

    const copy = await eventually(async () => {
      const text = await kv.get("rules");
      return text?.includes("copied") && text;
    });

    const [version, book] = copy.split(/\n(.*)/s);
    assert.ok(Number(version) >= 1);
    assert.ok(JSON.parse(book).rules.copied);
  });
});

describe("a shard that nobody told of the rule set", () => {
  let at;
  before(async () => (at = await start()));
  after(() => at.stop());

  test("takes it from KV, and never goes back to an older one", async () => {
    const kv = await at.host.rules();
    const hot = { stored_at: 7, document: JSON.stringify(HOT) };
    await kv.put("rules", `7\n${JSON.stringify({ rules: { hot } })}`);
    await at.client.read("boiler-1", { temp: 85 });
    const first = await at.receiver.next();

    await kv.put("rules", '6\n{"rules":{}}');
    await at.host.restart();
    await at.client.read("boiler-1", { temp: 20 });
    const second = await at.receiver.next();

    assert.deepEqual([first, second].map(({ body }) => body.kind), ["firing", "resolved"]);
    assert.deepEqual([first, second].map(({ body }) => body.rules_version), [7, 7]);
  });
});

describe("state that outlives the process", () => {
  let folder;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "tripline-worker-"))));
  after(() => rm(folder, { recursive: true }));

  test("a pending alert fires after a restart", async () => {
    const at = await start({ persist: folder });
    try {
      await at.client.putRule({ ...HOT, for: "2s" });
      const began = Date.now();
      await at.client.read("boiler-1", { temp: 85 }, began);

      await at.host.restart();
      const { body } = await at.receiver.next();

      assert.equal(body.kind, "firing");
      assert.equal(Date.parse(body.started_at), began);
      assert.equal(Date.parse(body.at), began + 2_000);
    } finally {
      await at.stop();
    }
  });

  test("the tick each minute finds what no alarm was set for", async () => {
    // On virtual time nothing sets an alarm; back on real time, nothing else would.
    const at = await start({}, { TEST_CLOCK: "header" });
    try {
      const began = Date.now() - 60_000;
      const now = { "tripline-now": `${began}` };
      await at.client.call("PUT", "/v1/rules/hot", { body: { ...HOT, for: "1s" }, headers: now });
      const reading = { device: "boiler-1", ts: began, values: { temp: 85 } };
      await at.client.post("/v1/readings", reading, now);
      await at.host.restart({ ADMIN_TOKEN: TOKEN, WEBHOOK_URL: at.receiver.url });

      const { outcome } = await at.host.cron();
      const { body } = await at.receiver.next();

      assert.equal(outcome, "ok");
      assert.equal(body.kind, "firing");
      assert.equal(Date.parse(body.at), began + 1_000);
    } finally {
      await at.stop();
    }
  });
});

describe("the queue", () => {
  let at;
  before(async () => {
    at = await start();
    await at.client.putRule(HOT);
  });
  after(() => at.stop());

  test("a message's readings count, whatever kind of body it is", async () => {
    const reading = (device) => ({ device, ts: Date.now(), values: { temp: 85 } });
    const text = JSON.stringify(reading("boiler-2"));
    const bytes = new TextEncoder().encode(JSON.stringify(reading("boiler-3")));
    await at.host.send(reading("boiler-1"));
    await at.host.send(text, { contentType: "text" });
    await at.host.send(bytes, { contentType: "bytes" });
    await at.host.send([reading("boiler-4"), reading("boiler-5")]);

    const told = [];
    while (told.length < 5) told.push((await at.receiver.next()).body.device);

    assert.deepEqual(told.sort(), [1, 2, 3, 4, 5].map((number) => `boiler-${number}`));
  });

  test("what can never be read is acknowledged and counted as refused", async () => {
    const before = await refused(at.client);

    const done = await at.host.consume(["no JSON", { values: { temp: 85 } }]);

    assert.equal(done.explicitAcks.length, 2);
    assert.equal(done.retryMessages.length, 0);
    assert.equal((await refused(at.client)) - before, 2);
  });

  test("messages come again later while nobody can store them", async () => {
    await at.host.restart({ ADMIN_TOKEN: TOKEN, SHARDS: "none" });
    try {
      const reading = { device: "boiler-9", ts: Date.now(), values: { temp: 85 } };

      const done = await at.host.consume([reading, "no JSON"]);

      assert.equal(done.outcome, "ok");
      assert.equal(done.explicitAcks.length, 0);
      assert.deepEqual(done.retryBatch, { retry: true, delaySeconds: 30 });
    } finally {
      await at.host.restart({ ADMIN_TOKEN: TOKEN, WEBHOOK_URL: at.receiver.url });
    }
  });

  async function refused(client) {
    const state = await client.get("/v1/state");
    const counts = state.map((scope) => scope.partition?.refused ?? 0);
    return counts.reduce((sum, count) => sum + count, 0);
  }
});

describe("configuration", () => {
  test("without a token only /healthz is served", async () => {
    const host = await WorkerHost.start({ vars: {} });
    try {
      const client = new Client(await host.url(), "");

      assert.equal((await client.call("GET", "/healthz")).status, 200);
      const answer = await client.call("GET", "/v1/rules");
      assert.equal(answer.status, 503);
      assert.match(answer.headers.get("content-type"), /application\/problem\+json/);
      assert.match(answer.text, /token/i);
    } finally {
      await host.stop();
    }
  });

  test("a mistake stops the service and is named", async () => {
    const host = await WorkerHost.start({ vars: { ADMIN_TOKEN: TOKEN, SHARDS: "many" } });
    try {
      const answer = await new Client(await host.url()).call("GET", "/v1/rules");

      assert.equal(answer.status, 503);
      assert.match(answer.headers.get("content-type"), /application\/problem\+json/);
      assert.match(answer.text, /shards/i);
      assert.match(answer.text, /many/);
    } finally {
      await host.stop();
    }
  });
});
