//! The KV namespace `RULES`, of whose texts there is one.
//!
//! The `worker` crate's own binding brings code for options and metadata that
//! nobody here asks for.

use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{
    Env, Result,
    js_sys::{Promise, Reflect, futures::JsFuture},
};

#[wasm_bindgen]
extern "C" {
    type JsNamespace;

    #[wasm_bindgen(method, catch)]
    fn get(this: &JsNamespace, key: &str) -> std::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn put(this: &JsNamespace, key: &str, text: &str) -> std::result::Result<Promise, JsValue>;
}

/// The text of `key`; `None` where there is none.
pub(crate) async fn get(env: &Env, key: &str) -> Result<Option<String>> {
    let text = JsFuture::from(namespace(env)?.get(key)?).await?;
    Ok(text.as_string())
}

/// Makes `text` the text of `key`.
pub(crate) async fn put(env: &Env, key: &str, text: &str) -> Result<()> {
    JsFuture::from(namespace(env)?.put(key, text)?).await?;
    Ok(())
}

fn namespace(env: &Env) -> Result<JsNamespace> {
    let binding = Reflect::get(env, &JsValue::from_str("RULES"))?;
    if binding.is_undefined() {
        return Err("RULES is not bound".into());
    }
    Ok(binding.unchecked_into())
}
