// The engine as a module without imports, in Node, measured by `cargo xtask bench`.
//
//   node module.mjs MODULE.wasm DEVICES RULES WINDOW_MS
//
// Prints {"cpu_s", "count", "sum"} for each line of standard input.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [file, devices, rules, windowMs] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(file), {});
const guest = instance.exports;
const batches = guest.prepare(Number(devices), Number(rules), BigInt(windowMs));

function run() {
  guest.renew();
  let spent = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    const begun = process.cpuUsage();
    guest.decode(batch);
    guest.step();
    const { user, system } = process.cpuUsage(begun);
    spent += user + system;
    guest.note();
  }
  guest.finish();
  return { cpu_s: spent / 1e6, count: guest.count() >>> 0, sum: guest.sum() >>> 0 };
}

for await (const _ of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(run())}\n`);
}
