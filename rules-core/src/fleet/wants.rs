use alloc::{string::String, vec::Vec};

use sorted::{Gather, SortedMap};

use super::split::Split;
use crate::{DeviceSelector, Fleet, Role, Want, expr::Expr};

impl Fleet {
    /// What the conditions of a rule want of the devices in its roles, which
    /// come by their names; a `per` rule has one without.
    pub(crate) fn new<'a>(
        by: Vec<String>,
        roles: Vec<(Option<String>, DeviceSelector)>,
        conditions: impl IntoIterator<Item = &'a Expr>,
        min_samples: u32,
    ) -> Self {
        let names = role_names(roles.iter().map(|(name, _)| name.as_deref()));
        let mut wants: Vec<SortedMap<u64, Want>> = roles.iter().map(|_| SortedMap::new()).gather();
        for condition in conditions {
            for part in Split::new(condition, &names, min_samples).parts {
                if let Some(wants) = wants.get_mut(part.role) {
                    wants.insert(part.want.key, part.want);
                }
            }
        }
        let role = |((name, devices), wants): (_, SortedMap<u64, Want>)| Role {
            name,
            devices,
            wants: wants.into_values().gather(),
        };
        Self { by, roles: roles.into_iter().zip(wants).map(role).gather() }
    }

    /// The names of a `match` rule's roles; none of a `per` rule.
    pub(crate) fn role_names(&self) -> Vec<String> {
        role_names(self.roles.iter().map(|role| role.name.as_deref()))
    }
}

fn role_names<'a>(roles: impl Iterator<Item = Option<&'a str>>) -> Vec<String> {
    roles.flatten().map(String::from).gather()
}
