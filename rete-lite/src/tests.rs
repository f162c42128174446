mod explanations;
mod oracle;
mod properties;
mod refusals;
pub(crate) mod row;
mod sessions;
mod structure;
