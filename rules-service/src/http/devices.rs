//! `/v1/devices/{id}`: what is known of a device, and its tags.

use rules_core::{
    Reading, Timestamp,
    partition::{Described, Input},
};

use super::{
    App, Host, Request, Response,
    problem::Problem,
    query::{Detail, Query},
    shards::{Stepped, UNEXPECTED},
};
use crate::{
    drive::{PartitionAsk, PartitionReply, shard_of},
    ports::Unavailable,
    wire::{DeviceJson, read_tags},
};

impl<H: Host> App<H> {
    pub(super) async fn get_device(
        &self,
        device: &str,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        check_name(device)?;
        let described = self.described(device, now).await?;
        let described = described.ok_or_else(|| no_such_device(device))?;
        Ok(Response::json(200, &DeviceJson::new(device, &described)))
    }

    /// Replaces all tags of a device. One that nothing was known of is known from now on.
    pub(super) async fn put_device(
        &self,
        device: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let detail = Query::parse(&request.query).detail()?;
        check_name(device)?;
        let tags = read_tags(&request.body)
            .map_err(|why| Problem::new(400, "invalid_device", why.to_string()))?;
        let input = Input::Describe { device: device.to_owned(), tags };
        let ask = (shard_of(device, self.shards()), PartitionAsk::Step(input));
        let stepped = Stepped::of_all(self.ask(vec![ask], now).await)?;
        self.settle(now).await?;
        let described = self.described(device, now).await?.unwrap_or_default();
        let answer = DeviceJson::new(device, &described);
        Ok(Response::json(
            200,
            &match detail {
                Detail::Transitions => answer.with_transitions(&stepped.transitions),
                Detail::Counts => answer,
            },
        ))
    }

    async fn described(
        &self,
        device: &str,
        now: Timestamp,
    ) -> Result<Option<Described>, Unavailable> {
        let ask = (shard_of(device, self.shards()), PartitionAsk::Device(device.to_owned()));
        match self.ask(vec![ask], now).await.pop() {
            Some(Ok(PartitionReply::Device(described))) => Ok(described),
            Some(Err(error)) => Err(error),
            _ => Err(Unavailable(UNEXPECTED.to_owned())),
        }
    }
}

/// A name that no reading can have names no device.
fn check_name(device: &str) -> Result<(), Problem> {
    let most = Reading::DEVICE_BYTES_MAX;
    if device.len() <= most && !device.contains(char::is_control) {
        return Ok(());
    }
    let detail = format!(
        "the path names a device by {} bytes: allowed are 1 to {most} without control characters",
        device.len()
    );
    Err(Problem::new(400, "bad_device", detail))
}

fn no_such_device(device: &str) -> Problem {
    let detail = format!(
        "nothing is known of device {device:?}: \
         allowed are those that have sent a reading or were put here"
    );
    Problem::new(404, "no_such_device", detail)
}
