// W1 in JavaScript, measured by `cargo xtask bench`.
//
//   node rules.mjs READINGS.ndjson RULES.json WINDOW_MS once|stored
//
// `once`: the rules are parsed when the program starts. `stored`: they are
// parsed from the text of one stored value at each reading, as a function does
// that keeps them in a key-value store and nothing in memory.
//
// Prints {"cpu_s", "count", "sum"} for each line of standard input.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [readingsFile, rulesFile, window, how] = process.argv.slice(2);
const WINDOW_MS = Number(window);
const REST_MS = 300_000;

const lines = readFileSync(readingsFile, "utf8").split("\n").filter(Boolean);
const stored = readFileSync(rulesFile, "utf8");

/** The samples of one device, and when its rules fired last. */
class Device {
  newest = -Infinity;
  times = [];
  temps = [];
  fired = new Map();

  /** Keeps a sample in the order of its time, and forgets what has left the window. */
  sample(ts, temp) {
    this.newest = Math.max(this.newest, ts);
    const oldest = this.newest - WINDOW_MS;
    if (ts > oldest) {
      let place = this.times.length;
      while (place > 0 && this.times[place - 1] > ts) place -= 1;
      if (place === this.times.length) {
        this.times.push(ts);
        this.temps.push(temp);
      } else {
        this.times.splice(place, 0, ts);
        this.temps.splice(place, 0, temp);
      }
    }
    let gone = 0;
    while (gone < this.times.length && this.times[gone] <= oldest) gone += 1;
    if (gone > 0) {
      this.times.splice(0, gone);
      this.temps.splice(0, gone);
    }
  }
}

function aggregate(temps) {
  let sum = 0;
  let max = -Infinity;
  for (const temp of temps) {
    sum += temp;
    if (temp > max) max = temp;
  }
  return { avg: sum / temps.length, max, count: temps.length };
}

function matches(rule, reading, window) {
  switch (rule.kind) {
    case "temp":
      return reading.temp > rule.threshold;
    case "motion":
      return reading.motion && !reading.door_open;
    default:
      return window[rule.kind] > rule.threshold;
  }
}

function run() {
  const devices = new Map();
  const parsedOnce = how === "once" ? JSON.parse(stored) : undefined;
  let count = 0;
  let sum = 0;
  const begun = process.cpuUsage();
  for (let event = 0; event < lines.length; event += 1) {
    const reading = JSON.parse(lines[event]);
    let device = devices.get(reading.deviceId);
    if (!device) devices.set(reading.deviceId, (device = new Device()));
    device.sample(reading.ts, reading.temp);
    const window = aggregate(device.temps);
    for (const rule of parsedOnce ?? JSON.parse(stored)) {
      if (rule.device !== undefined && rule.device !== reading.deviceId) continue;
      if (!matches(rule, reading, window)) continue;
      const last = device.fired.get(rule.number);
      if (last !== undefined && device.newest - last < REST_MS) continue;
      device.fired.set(rule.number, device.newest);
      count += 1;
      sum = (sum + digest([event, rule.number])) >>> 0;
    }
  }
  const { user, system } = process.cpuUsage(begun);
  return { cpu_s: (user + system) / 1e6, count, sum };
}

function digest(words) {
  let digest = 0;
  for (const word of words) {
    digest = Math.imul(((digest << 13) | (digest >>> 19)) ^ word, 0x9e3779b1);
  }
  return digest >>> 0;
}

for await (const _ of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(run())}\n`);
}
