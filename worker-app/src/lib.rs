//! Cloudflare binding of the rule engine's ports: KV, Durable Objects, Queues, alarms.

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, _env: Env, _context: Context) -> Result<Response> {
    if request.path() == "/healthz" {
        return Response::ok("ok");
    }
    Response::error("not found", 404)
}
