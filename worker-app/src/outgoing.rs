//! Requests that the Worker makes.

use worker::{Error, Headers, Request, Result, js_sys::Uint8Array, web_sys};

/// A POST that follows no redirect: where it leads was not chosen by the
/// operator, and whoever asked has to be told of it.
///
/// Made by the runtime's own constructor: `Request::new_with_init` brings code
/// for every property that Cloudflare knows, 10 kB of it.
pub(crate) fn post(url: &str, headers: &Headers, body: &[u8]) -> Result<Request> {
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_headers(headers.as_ref());
    init.set_redirect(web_sys::RequestRedirect::Manual);
    init.set_body(&Uint8Array::from(body));
    web_sys::Request::new_with_str_and_init(url, &init).map(Request::from).map_err(Error::from)
}
