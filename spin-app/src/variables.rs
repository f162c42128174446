use std::{cell::RefCell, collections::BTreeMap};

use rules_service::config::Config;
use spin_sdk::variables::{self, Error};

/// The configuration that the application's variables say.
///
/// # Errors
/// Every variable that holds what it may not, or that its provider could not tell.
pub(crate) async fn config() -> Result<Config, Vec<String>> {
    let mut values = BTreeMap::new();
    let mut mistakes = Vec::new();
    for name in names() {
        match variables::get(&name).await {
            Ok(value) => {
                values.insert(name, value);
            }
            // The manifest does not hand it to the component: not set.
            Err(Error::Undefined(_)) => {}
            Err(error) => mistakes.push(format!("{name}: {error}")),
        }
    }
    if mistakes.is_empty() {
        Config::from_variables(|name| values.get(name).cloned())
    } else {
        Err(mistakes)
    }
}

/// What the configuration asks for. It asks at once, and Spin answers later.
fn names() -> Vec<String> {
    let names = RefCell::new(Vec::new());
    let asked = |name: &str| {
        names.borrow_mut().push(name.to_owned());
        None
    };
    // Without any variable nothing is wrong, and nothing is of interest but the names.
    let _ = Config::from_variables(asked);
    names.into_inner()
}
