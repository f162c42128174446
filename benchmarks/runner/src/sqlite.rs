//! `SQLite` in memory: samples and rules are tables, a reading is a handful of
//! prepared statements in one transaction, and rules are found by their index.

use std::rc::Rc;

use bench_cpu::Watch;
use bench_workload::{
    alerts::Alert,
    found::Found,
    line::{self, Line},
    rule::{KINDS, REST_MS, Rule},
    stream::{DEVICES, device_id},
};
use rusqlite::{Connection, OpenFlags, Statement, params};

use crate::{
    contender::{Contender, Measured},
    part::Part,
};

/// Tables in the order of their primary keys, so that each look-up is one
/// descent; `rules.device` is −1 for rules that watch all.
const TABLES: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA locking_mode = EXCLUSIVE;
    CREATE TABLE devices (number INTEGER PRIMARY KEY, id TEXT NOT NULL, newest INTEGER NOT NULL);
    CREATE UNIQUE INDEX devices_by_id ON devices (id);
    CREATE TABLE samples (device INTEGER, ts INTEGER, temp REAL, PRIMARY KEY (device, ts)) WITHOUT ROWID;
    CREATE TABLE rules (kind INTEGER, device INTEGER, threshold REAL, number INTEGER,
        PRIMARY KEY (kind, device, threshold, number)) WITHOUT ROWID;
    CREATE TABLE fired (device INTEGER, rule INTEGER, at INTEGER, PRIMARY KEY (device, rule)) WITHOUT ROWID;
";

const SEE: &str =
    "UPDATE devices SET newest = max(newest, ?2) WHERE id = ?1 RETURNING number, newest";
const SAMPLE: &str = "INSERT INTO samples VALUES (?1, ?2, ?3)";
const FORGET: &str = "DELETE FROM samples WHERE device = ?1 AND ts <= ?2";
const WINDOW: &str = "SELECT avg(temp), max(temp), count(*) FROM samples WHERE device = ?1";
const NOTE: &str = "INSERT INTO fired VALUES (?1, ?2, ?3) \
                    ON CONFLICT DO UPDATE SET at = excluded.at";

/// `SQLite` with its part of the stream.
pub(crate) struct Sqlite {
    pub(crate) part: Rc<Part>,
    pub(crate) rules: Rc<[Rule]>,
    pub(crate) window_ms: i64,
}

impl Contender for Sqlite {
    fn run(&mut self) -> Result<Measured, String> {
        self.measure().map_err(|why| why.to_string())
    }
}

impl Sqlite {
    fn measure(&self) -> rusqlite::Result<Measured> {
        let connection = fill(&self.rules)?;
        let mut statements = Statements::prepare(&connection, self.window_ms)?;
        let mut watch = Watch::default();
        let mut outcome = Ok(());
        watch.run(|| {
            for body in &self.part.bodies {
                line::each(body.as_bytes(), |line| {
                    if outcome.is_ok() {
                        outcome = statements.see(line);
                    }
                });
            }
        });
        outcome?;
        let found = Some(Found::alerts(&statements.alerts));
        Ok(Measured { cpu: watch.spent, found, ..Measured::default() })
    }
}

/// A database with the rules and the devices, in a transaction.
fn fill(rules: &[Rule]) -> rusqlite::Result<Connection> {
    // One thread uses it, so it need not look out for others.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_in_memory_with_flags(flags)?;
    connection.execute_batch(TABLES)?;
    connection.execute_batch("BEGIN")?;
    let mut add = connection.prepare("INSERT INTO rules VALUES (?1, ?2, ?3, ?4)")?;
    for rule in rules {
        let kind = KINDS.iter().position(|kind| *kind == rule.kind);
        let device = rule.device.map_or(-1, i64::from);
        add.execute(params![kind, device, rule.threshold, rule.number])?;
    }
    drop(add);
    let mut add = connection.prepare("INSERT INTO devices VALUES (?1, ?2, ?3)")?;
    for device in 0..DEVICES {
        add.execute(params![device, device_id(device), i64::MIN])?;
    }
    drop(add);
    // No ANALYZE: with what it stores, `SQLite` plans a statement anew whenever
    // a bound value changes, which takes longer than all the rest.
    connection.execute_batch("COMMIT; BEGIN")?;
    Ok(connection)
}

/// What a reading runs.
struct Statements<'c> {
    see: Statement<'c>,
    sample: Statement<'c>,
    forget: Statement<'c>,
    window: Statement<'c>,
    find: Statement<'c>,
    note: Statement<'c>,
    window_ms: i64,
    seen: u32,
    alerts: Vec<Alert>,
}

impl<'c> Statements<'c> {
    fn prepare(connection: &'c Connection, window_ms: i64) -> rusqlite::Result<Self> {
        Ok(Self {
            see: connection.prepare(SEE)?,
            sample: connection.prepare(SAMPLE)?,
            forget: connection.prepare(FORGET)?,
            window: connection.prepare(WINDOW)?,
            find: connection.prepare(&find())?,
            note: connection.prepare(NOTE)?,
            window_ms,
            seen: 0,
            alerts: Vec::new(),
        })
    }

    fn see(&mut self, line: &Line<'_>) -> rusqlite::Result<()> {
        let event = self.seen;
        self.seen += 1;
        let (device, newest): (i64, i64) = self
            .see
            .query_row(params![line.device, line.ts], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let oldest = newest - self.window_ms;
        if line.ts > oldest {
            self.sample.execute(params![device, line.ts, line.temp])?;
        }
        self.forget.execute(params![device, oldest])?;
        let (mean, max, count): (f64, f64, f64) = self
            .window
            .query_row(params![device], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let motion = f64::from(u8::from(line.motion && !line.door_open));
        let rested = newest - REST_MS;
        let values = params![device, rested, line.temp, motion, mean, max, count];
        let mut matched = self.find.query(values)?;
        while let Some(row) = matched.next()? {
            self.alerts.push(Alert { event, rule: row.get(0)? });
        }
        drop(matched);
        let fired = self.alerts.iter().rev().take_while(|alert| alert.event == event);
        for alert in fired {
            self.note.execute(params![device, alert.rule, newest])?;
        }
        Ok(())
    }
}

/// The rules below each value, of all devices and of this one, that have not
/// fired since ?2.
fn find() -> String {
    let ranges = (0..KINDS.len()).flat_map(|kind| {
        ["-1", "?1"].map(|device| {
            format!(
                "SELECT number FROM rules WHERE kind = {kind} AND device = {device} \
                 AND threshold < ?{} AND NOT EXISTS (SELECT 1 FROM fired \
                 WHERE fired.device = ?1 AND fired.rule = rules.number AND fired.at > ?2)",
                kind + 3
            )
        })
    });
    ranges.collect::<Vec<_>>().join(" UNION ALL ")
}
