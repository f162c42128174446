//! The SQLite database of a Durable Object.
//!
//! The `worker` crate's own binding has no transaction and takes six calls
//! into JavaScript for each value that it reads; this one has what a store
//! needs, and reads all rows in one call.

use rules_service::ports::Unavailable;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{
    Storage,
    js_sys::{Array, Uint8Array},
};

#[wasm_bindgen]
extern "C" {
    #[derive(Debug)]
    type JsStorage;
    #[derive(Debug)]
    type JsSql;
    type JsCursor;
    type JsRows;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &JsStorage) -> JsSql;
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &JsStorage,
        work: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &JsSql, statement: &str, parameters: &Array) -> Result<JsCursor, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn raw(this: &JsCursor) -> Result<JsRows, JsValue>;
    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &JsRows) -> Result<Array, JsValue>;
}

/// The database of one object, which is the only one to use it.
#[derive(Debug)]
pub(crate) struct Database {
    storage: JsStorage,
    sql: JsSql,
}

/// A parameter of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parameter<'a> {
    /// Exact up to 2^53 - 1, as it passes through a JavaScript number.
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
    Null,
}

impl From<Parameter<'_>> for JsValue {
    fn from(parameter: Parameter<'_>) -> Self {
        match parameter {
            Parameter::Integer(number) => JsValue::from_f64(number as f64),
            Parameter::Text(text) => JsValue::from_str(text),
            Parameter::Blob(bytes) => Uint8Array::from(bytes).into(),
            Parameter::Null => JsValue::NULL,
        }
    }
}

/// The largest integer that a JavaScript number holds exactly: 2^53 - 1.
const EXACT_MAX: i64 = 9_007_199_254_740_991;

/// `number` as a parameter, if it comes through unchanged.
pub(crate) fn integer<'a>(number: impl TryInto<i64>) -> Result<Parameter<'a>, Unavailable> {
    let too_large = || Unavailable("a number is too large for the object's database".to_owned());
    let number = number.try_into().ok().filter(|number| *number <= EXACT_MAX);
    number.map(Parameter::Integer).ok_or_else(too_large)
}

/// One row of a result.
#[derive(Debug)]
pub(crate) struct Row(Array);

impl Row {
    /// The text in `column`.
    pub(crate) fn text(&self, column: u32) -> Result<String, Unavailable> {
        self.0.get(column).as_string().ok_or_else(|| wrong_type(column, "text"))
    }

    /// The integer in `column`.
    #[allow(clippy::cast_possible_truncation, reason = "it was checked to be a whole number")]
    pub(crate) fn integer(&self, column: u32) -> Result<i64, Unavailable> {
        let number = self.0.get(column).as_f64().filter(|number| number.fract() == 0.0);
        number.map(|number| number as i64).ok_or_else(|| wrong_type(column, "an integer"))
    }

    /// The integer in `column`, which counts something.
    pub(crate) fn count(&self, column: u32) -> Result<u64, Unavailable> {
        u64::try_from(self.integer(column)?).map_err(|_| wrong_type(column, "a count"))
    }

    /// The bytes in `column`.
    pub(crate) fn blob(&self, column: u32) -> Vec<u8> {
        Uint8Array::new(&self.0.get(column)).to_vec()
    }
}

impl Database {
    /// The database behind `storage`, with the tables that `schema` creates where they are missing.
    pub(crate) fn open(storage: &Storage, schema: &str) -> Result<Self, Unavailable> {
        let storage: JsStorage = JsValue::from(storage.as_raw()).unchecked_into();
        let database = Self { sql: storage.sql(), storage };
        database.execute(schema, &[])?;
        Ok(database)
    }

    /// Runs a statement for its effect.
    pub(crate) fn execute(
        &self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<(), Unavailable> {
        let parameters = array(parameters);
        self.sql.exec(statement, &parameters).map(|_| ()).map_err(failed)
    }

    /// Runs a statement for its rows.
    pub(crate) fn query(
        &self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Unavailable> {
        let parameters = array(parameters);
        let cursor = self.sql.exec(statement, &parameters).map_err(failed)?;
        let rows = cursor.raw().and_then(|rows| rows.to_array()).map_err(failed)?;
        Ok(rows.iter().map(|row| Row(row.unchecked_into())).collect())
    }

    /// Runs `work`; if it fails, nothing that it wrote stays.
    ///
    /// Source: `transactionSync` in
    /// <https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#transactionsync>.
    pub(crate) fn transaction<T>(
        &self,
        work: impl FnOnce() -> Result<T, Unavailable>,
    ) -> Result<T, Unavailable> {
        let mut work = Some(work);
        let mut result = None;
        let ran = self.storage.transaction_sync(&mut || {
            let outcome = work.take().map(|work| work());
            let failed = matches!(outcome, None | Some(Err(_)));
            result = outcome;
            if failed { Err(JsValue::from_str("rolled back")) } else { Ok(JsValue::UNDEFINED) }
        });
        match (result, ran) {
            (Some(Ok(done)), Ok(_)) => Ok(done),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(failed(error)),
            (None, Ok(_)) => Err(Unavailable("the transaction did not run".to_owned())),
        }
    }
}

fn array(parameters: &[Parameter<'_>]) -> Array {
    parameters.iter().map(|parameter| JsValue::from(*parameter)).collect()
}

fn failed(error: JsValue) -> Unavailable {
    Unavailable(format!("the object's database: {}", worker::Error::from(error)))
}

fn wrong_type(column: u32, wanted: &str) -> Unavailable {
    Unavailable(format!("the object's database: column {column} does not hold {wanted}"))
}
