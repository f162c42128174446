//! The bridge's state while it runs, and what each event does to it.

use std::time::Duration;

use rumqttc::{ConnectionError, Event, EventLoop, Outgoing, Packet, Publish, SubscribeReasonCode};
use tokio::{sync::mpsc::UnboundedSender, task};

use crate::{
    answer::Answer,
    backoff::{Backoff, Dice},
    batcher::{Batch, Batcher, Input, LaneId, Output},
    broker::{self, Mouth},
    clock::Clock,
    config::Config,
    drive::Summary,
    ledger::{Arrival, Known, Ledger, Resumed, fingerprint},
    mapping::{self, Message, Verdict},
    moment::Moment,
    notice::Notice,
    service::Service,
};

/// Bytes of readings that may wait for the service; [`Config::held_max`] bounds their number.
const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;
/// First pause before the broker is tried again.
const RECONNECT_FIRST: Duration = Duration::from_millis(200);
/// Longest such pause.
const RECONNECT_LONGEST: Duration = Duration::from_secs(30);

/// What another thread came back with.
pub(crate) enum Turn {
    /// What became of a batch.
    Answer(LaneId, Answer),
    /// What became of a tick.
    Ticked(Result<(), String>),
}

/// Where the connection to the broker is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Link {
    /// Being opened, or open but not yet acknowledged.
    Opening,
    /// Open.
    Up,
    /// Failed; it is opened again then.
    Down(Moment),
    /// Left until there is room for more readings.
    Left,
    /// Our good-bye is on its way.
    Leaving,
    /// Closed for good.
    Closed,
}

pub(crate) struct Bridge<T> {
    config: Config,
    clock: Clock,
    tell: T,
    mouth: Mouth,
    service: Service,
    turns: UnboundedSender<Turn>,
    link: Link,
    reconnect: Backoff,
    dice: Dice,
    ledger: Ledger,
    batcher: Batcher,
    summary: Summary,
    wake_at: Option<Moment>,
    tick_at: Option<Moment>,
    stop_at: Option<Moment>,
}

impl<T: FnMut(&Notice, Moment)> Bridge<T> {
    pub(crate) fn new(
        config: Config,
        mouth: Mouth,
        service: Service,
        turns: UnboundedSender<Turn>,
        tell: T,
    ) -> Self {
        Self {
            clock: Clock::start(),
            tell,
            mouth,
            service,
            turns,
            link: Link::Opening,
            reconnect: Backoff::new(RECONNECT_FIRST, RECONNECT_LONGEST),
            // The batcher's row of numbers is another one.
            dice: Dice::new(!config.batch.seed),
            ledger: Ledger::default(),
            batcher: Batcher::new(config.batch.clone()),
            summary: Summary::default(),
            wake_at: None,
            tick_at: config.service.tick_every.map(|_| Moment::START),
            stop_at: None,
            config,
        }
    }

    /// Something came from the broker, or went to it.
    pub(crate) fn event(&mut self, event: Event) {
        match event {
            Event::Incoming(Packet::ConnAck(ack)) => {
                self.connected(if ack.session_present { Resumed::Yes } else { Resumed::No });
            }
            Event::Incoming(Packet::SubAck(ack)) => self.subscribed(&ack.return_codes),
            Event::Incoming(Packet::Publish(publish)) if self.stop_at.is_none() => {
                self.message(&publish);
            }
            Event::Outgoing(Outgoing::Disconnect) => self.link = Link::Closed,
            Event::Incoming(_) | Event::Outgoing(_) => {}
        }
    }

    /// The connection failed, or could not be opened.
    pub(crate) fn lost(&mut self, why: &ConnectionError, events: &mut EventLoop) {
        self.forget(events);
        if self.stop_at.is_some() {
            self.link = Link::Closed;
            return;
        }
        let pause = self.reconnect.fail(&mut self.dice);
        self.link = Link::Down(self.clock.now() + pause);
        self.tell(&Notice::Disconnected { why: why.to_string(), pause });
    }

    /// There is no room for more: the broker has to keep what comes.
    pub(crate) fn leave(&mut self, events: &mut EventLoop) {
        self.forget(events);
        self.link = Link::Left;
        self.tell(&Notice::Full { held: self.batcher.held() });
    }

    /// The pause after a failure is over.
    pub(crate) fn resume(&mut self) {
        self.link = Link::Opening;
    }

    /// Another thread has come back.
    pub(crate) fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::Answer(lane, answer) => self.step(Input::Answer(lane, answer)),
            Turn::Ticked(result) => {
                if let Err(why) = result {
                    self.tell(&Notice::TickFailed { why });
                }
                let every = self.config.service.tick_every;
                self.tick_at = every.map(|every| self.clock.now() + every);
            }
        }
    }

    /// Tells the service that time passes; the next tick follows the answer.
    pub(crate) fn tick(&mut self) {
        self.tick_at = None;
        let (service, turns) = (self.service.clone(), self.turns.clone());
        task::spawn_blocking(move || turns.send(Turn::Ticked(service.tick())));
    }

    /// The time of [`Self::wake_at`] has come.
    pub(crate) fn elapsed(&mut self) {
        self.step(Input::Elapsed);
    }

    /// Takes in nothing more, and sends what there is.
    pub(crate) fn stop(&mut self) {
        self.stop_at = Some(self.clock.now() + self.config.stop_timeout);
        self.tick_at = None;
        if self.link != Link::Up {
            self.link = Link::Closed;
        }
        self.tell(&Notice::Stopping { held: self.batcher.held() });
        self.step(Input::Close);
    }

    /// What was done, at the end.
    pub(crate) fn stopped(mut self) -> Summary {
        self.summary.unsent = self.batcher.held();
        self.summary.tally = self.batcher.tally();
        if self.summary.unsent > 0 {
            self.tell(&Notice::Unsent { held: self.summary.unsent });
        }
        self.summary
    }

    pub(crate) const fn clock(&self) -> Clock {
        self.clock
    }

    /// Whether the broker's events are wanted.
    pub(crate) const fn is_listening(&self) -> bool {
        matches!(self.link, Link::Opening | Link::Up | Link::Leaving)
    }

    /// Whether the broker has to be left for want of room.
    pub(crate) fn is_full(&self) -> bool {
        let held = (self.batcher.held(), self.batcher.held_bytes());
        self.link == Link::Up && (held.0 >= self.config.held_max || held.1 >= HELD_BYTES_MAX)
    }

    /// Whether everything is sent, acknowledged and said.
    pub(crate) fn is_done(&self) -> bool {
        self.stop_at.is_some() && self.batcher.held() == 0 && self.link == Link::Closed
    }

    pub(crate) const fn resume_at(&self) -> Option<Moment> {
        match self.link {
            Link::Down(until) => Some(until),
            _ => None,
        }
    }

    pub(crate) const fn wake_at(&self) -> Option<Moment> {
        self.wake_at
    }

    pub(crate) const fn tick_at(&self) -> Option<Moment> {
        self.tick_at
    }

    pub(crate) const fn stop_at(&self) -> Option<Moment> {
        self.stop_at
    }

    fn connected(&mut self, resumed: Resumed) {
        self.link = Link::Up;
        self.reconnect.succeed();
        self.summary.connections += 1;
        self.ledger.connected(resumed);
        self.tell(&Notice::Connected { broker: self.config.broker.address.to_string(), resumed });
        self.mouth.subscribe();
    }

    fn subscribed(&mut self, codes: &[SubscribeReasonCode]) {
        let mut filters = 0;
        for (code, topic) in codes.iter().zip(&self.config.topics) {
            if *code == SubscribeReasonCode::Failure {
                let filter = topic.filter.as_str().to_owned();
                (self.tell)(&Notice::SubscriptionRefused { filter }, self.clock.now());
            } else {
                filters += 1;
            }
        }
        self.tell(&Notice::Subscribed { filters });
    }

    fn message(&mut self, publish: &Publish) {
        self.summary.messages += 1;
        let known = self.ledger.arrived(Arrival {
            packet: (publish.pkid != 0).then_some(publish.pkid),
            redelivered: publish.dup,
            fingerprint: fingerprint(&publish.topic, &publish.payload),
        });
        let Known::New(ticket) = known else {
            self.summary.redelivered += 1;
            return self.acknowledge();
        };
        let message = Message {
            topic: &publish.topic,
            payload: &publish.payload,
            retained: publish.retain,
            arrived_ms: Clock::wall_ms(),
        };
        match mapping::read(&self.config.topics, message) {
            Verdict::Reading(mapped) => return self.step(Input::Reading(ticket, mapped)),
            Verdict::Skipped => self.summary.skipped += 1,
            Verdict::Malformed(malformed) => {
                self.summary.malformed += 1;
                self.tell(&Notice::Malformed {
                    topic: publish.topic.clone(),
                    code: malformed.code,
                    message: malformed.message,
                    payload: String::from_utf8_lossy(&publish.payload).into_owned(),
                });
            }
        }
        self.ledger.settle(&[ticket]);
        self.acknowledge();
    }

    /// Takes in what the failed connection had brought, then forgets it.
    fn forget(&mut self, events: &mut EventLoop) {
        for publish in broker::forget(events) {
            if self.stop_at.is_none() {
                self.message(&publish);
            }
        }
        self.ledger.lost();
    }

    fn step(&mut self, input: Input) {
        let step = self.batcher.step(input, self.clock.now());
        self.wake_at = step.wake_at;
        for output in step.outputs {
            match output {
                Output::Send(batch) => self.send(batch),
                Output::Settled(tickets) => self.ledger.settle(&tickets),
                Output::Notice(notice) => self.tell(&notice),
            }
        }
        self.acknowledge();
        self.move_on();
    }

    fn send(&self, batch: Batch) {
        let (service, turns) = (self.service.clone(), self.turns.clone());
        task::spawn_blocking(move || {
            turns.send(Turn::Answer(batch.lane, service.readings(&batch.body)))
        });
    }

    fn acknowledge(&mut self) {
        if self.link == Link::Up {
            for packet in self.ledger.acknowledge() {
                self.mouth.acknowledge(packet);
            }
        }
    }

    /// What becomes possible as readings are settled.
    fn move_on(&mut self) {
        let held = self.batcher.held();
        match self.link {
            Link::Left => {
                let bytes = self.batcher.held_bytes();
                if held <= self.config.held_max / 2 && bytes <= HELD_BYTES_MAX / 2 {
                    self.link = Link::Opening;
                }
            }
            Link::Up if self.stop_at.is_some() && held == 0 => {
                self.link = Link::Leaving;
                self.mouth.disconnect();
            }
            _ => {}
        }
    }

    fn tell(&mut self, notice: &Notice) {
        (self.tell)(notice, self.clock.now());
    }
}
