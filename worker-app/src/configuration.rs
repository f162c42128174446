use std::{cell::OnceCell, rc::Rc};

use rules_service::{config::Config, ports::Unavailable};
use worker::Env;

/// The configuration, or every mistake in it.
pub(crate) type Configuration = Result<Rc<Config>, Rc<Vec<String>>>;

thread_local! {
    /// Variables cannot change while an isolate lives: they are read once.
    static CONFIGURATION: OnceCell<Configuration> = const { OnceCell::new() };
}

/// What an operator set: variables and secrets with the names of
/// [`Config::from_variables`] in capitals.
pub(crate) fn configuration(env: &Env) -> Configuration {
    CONFIGURATION.with(|read| {
        let lookup = |name: &str| {
            let value = env.var(&name.to_ascii_uppercase()).ok()?.to_string();
            Some(value)
        };
        read.get_or_init(|| Config::from_variables(lookup).map(Rc::new).map_err(Rc::new)).clone()
    })
}

/// What an object answers while the configuration is wrong.
pub(crate) fn mistakes(found: &[String]) -> Unavailable {
    Unavailable(format!("the configuration is wrong: {}", found.join("; ")))
}
