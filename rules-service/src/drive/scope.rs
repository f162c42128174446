use rules_core::hash::fnv1a_64;

/// The scope of the aggregator.
pub const AGGREGATOR_SCOPE: &str = "alerts";

/// What a scope's name stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// [`AGGREGATOR_SCOPE`].
    Aggregator,
    /// [`shard_scope`] of this number.
    Shard(u32),
    /// [`fleet_scope`] of this number.
    Fleet(u32),
}

impl Scope {
    /// Reads a scope's name; `None` if there is no such scope.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == AGGREGATOR_SCOPE {
            return Some(Self::Aggregator);
        }
        let (kind, number) = name.rsplit_once('-')?;
        match (kind, number.parse().ok()?) {
            ("shard", number) => Some(Self::Shard(number)),
            ("fleet", number) => Some(Self::Fleet(number)),
            _ => None,
        }
    }
}

/// The scope of partition `shard`.
#[must_use]
pub fn shard_scope(shard: u32) -> String {
    format!("shard-{shard}")
}

/// The scope of the groups in fleet shard `shard`.
#[must_use]
pub fn fleet_scope(shard: u32) -> String {
    format!("fleet-{shard}")
}

/// The shard that a device, or a group by its key, belongs to, of `shards`; 0 counts as 1.
///
/// Never changes for a given number of shards: state does not move.
#[must_use]
pub fn shard_of(name: &str, shards: u32) -> u32 {
    let shard = fnv1a_64(name.as_bytes()) % u64::from(shards.max(1));
    u32::try_from(shard).unwrap_or_default()
}
