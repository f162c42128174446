mod clocks;
mod generated;
