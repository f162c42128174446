//! Readings by queue: the body of a message is a body of `POST /v1/readings`.

use std::ops::Range;

use rules_service::{
    http::App,
    wire::readings::{Format, ITEMS_MAX, ItemError, Items},
};
use wasm_bindgen::{JsCast, JsValue};
use worker::{
    MessageBatch, MessageExt, QueueRetryOptions, QueueRetryOptionsBuilder, RawMessage,
    console_error, console_warn,
    js_sys::{ArrayBuffer, JSON, Uint8Array},
};

use crate::{clock::now, front::Front};

/// How long a message waits that could not be stored. With `max_retries` of
/// `wrangler.toml` an outage of most of an hour loses nothing.
const PAUSE_SECONDS: u32 = 30;

/// Stores the readings of `batch`: all of them together, so that each shard is
/// called once. A message is acknowledged once its readings are stored, or can
/// never be.
pub(crate) async fn consume(batch: &MessageBatch<JsValue>, app: &App<Front>) {
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    for Portion { messages: range, items } in portions(messages.iter().map(readings)) {
        let stored = app.ingest(items, None, now()).await;
        if let Err(error) = &stored {
            console_error!("queue: {} messages come again: {error}", range.len());
        }
        for message in messages.get(range).unwrap_or_default() {
            match stored {
                Ok(_) => message.ack(),
                Err(_) => message.retry_with_options(&later()),
            }
        }
    }
}

/// Gives every message of `batch` back to the queue, for later.
pub(crate) fn give_back(batch: &MessageBatch<JsValue>) {
    batch.retry_all_with_options(&later());
}

fn later() -> QueueRetryOptions {
    QueueRetryOptionsBuilder::new().with_delay_seconds(PAUSE_SECONDS).build()
}

/// Some messages in a row, and all that they hold.
#[derive(Debug, Default, PartialEq)]
struct Portion {
    messages: Range<usize>,
    items: Items,
}

/// The messages in portions of at most [`ITEMS_MAX`] items.
fn portions(messages: impl Iterator<Item = Items>) -> Vec<Portion> {
    let mut portions: Vec<Portion> = Vec::new();
    for (index, items) in messages.enumerate() {
        match portions.last_mut() {
            Some(last) if last.items.len() + items.len() <= ITEMS_MAX => {
                last.messages.end = index + 1;
                last.items.append(items);
            }
            _ => portions.push(Portion { messages: index..index + 1, items }),
        }
    }
    portions
}

/// What a message holds. A message that is nothing at all is one refused item.
fn readings(message: &RawMessage) -> Items {
    let items = Items::decode(&text(&message.body()), Format::Auto)
        .unwrap_or_else(|error| Items::refused("too_many_items", error.to_string()));
    for error in &items.errors {
        let ItemError { index, code, message: why } = error;
        console_warn!("queue: message {}, item {index}: {code}: {why}", message.id());
    }
    items
}

/// A message's body as text: JSON where the sender sent a value. What has no
/// such form is empty text, of which no reading can be made.
fn text(body: &JsValue) -> Vec<u8> {
    if let Some(text) = body.as_string() {
        return text.into_bytes();
    }
    if body.is_instance_of::<ArrayBuffer>() || body.is_instance_of::<Uint8Array>() {
        return Uint8Array::new(body).to_vec();
    }
    let json = JSON::stringify(body).ok().and_then(|json| json.as_string());
    json.unwrap_or_default().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_together_up_to_the_limit_of_a_batch() {
        let sizes = [0, ITEMS_MAX - 1, 1, 1, ITEMS_MAX, 3];

        let body = |size: &usize| Items::decode("{}\n".repeat(*size).as_bytes(), Format::Lines);
        let portions = portions(sizes.iter().map(|size| body(size).unwrap_or_default()));

        let cut: Vec<_> = portions.iter().map(|portion| portion.messages.clone()).collect();
        assert_eq!(cut, [0..3, 3..4, 4..5, 5..6]);
        assert!(portions.iter().all(|portion| portion.items.len() <= ITEMS_MAX));
    }
}
