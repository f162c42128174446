# The built Worker as it is deployed, alone in workerd, for `cargo xtask bench`.
#
# The folder of its state and the port are given on the command line.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "tripline", worker = .tripline),
    (name = "copies", worker = (
      modules = [(name = "copies.js", esModule = embed "copies.js")],
      compatibilityDate = "2026-04-01",
    )),
    (name = "state", disk = (path = "/nowhere", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "tripline")],
);

const tripline :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "../../worker-app/build/index.js"),
    (name = "index_bg.wasm", wasm = embed "../../worker-app/build/index_bg.wasm"),
  ],
  compatibilityDate = "2026-04-01",
  bindings = [
    (name = "SHARDS", fromEnvironment = "SHARDS"),
    (name = "ADMIN_TOKEN", fromEnvironment = "ADMIN_TOKEN"),
    (name = "CLOCK_SKEW", fromEnvironment = "CLOCK_SKEW"),
    (name = "RULES", kvNamespace = "copies"),
    (name = "SHARD", durableObjectNamespace = "Shard"),
    (name = "FLEET", durableObjectNamespace = "FleetShard"),
    (name = "ALERTS", durableObjectNamespace = "AlertAggregator"),
  ],
  durableObjectNamespaces = [
    (className = "Shard", uniqueKey = "shard", enableSql = true),
    (className = "FleetShard", uniqueKey = "fleet", enableSql = true),
    (className = "AlertAggregator", uniqueKey = "alerts", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "state"),
);
