use rules_core::hash::fnv1a_64;

/// The scope of the aggregator.
pub const AGGREGATOR_SCOPE: &str = "alerts";

/// The scope of partition `shard`.
#[must_use]
pub fn shard_scope(shard: u32) -> String {
    format!("shard-{shard}")
}

/// The partition that a device belongs to, of `shards`; 0 counts as 1.
///
/// Never changes for a given number of shards: a device's state does not move.
#[must_use]
pub fn shard_of(device: &str, shards: u32) -> u32 {
    let shard = fnv1a_64(device.as_bytes()) % u64::from(shards.max(1));
    u32::try_from(shard).unwrap_or_default()
}
