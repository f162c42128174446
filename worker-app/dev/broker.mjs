// An MQTT broker on 127.0.0.1 for `cargo xtask dev`; sessions live in memory.
//
//   node worker-app/dev/broker.mjs PORT
import { createServer } from "node:net";

import { Aedes } from "aedes";

const broker = await Aedes.createBroker();
const server = createServer(broker.handle);
server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  console.log(`mqtt://127.0.0.1:${server.address().port}`);
});
