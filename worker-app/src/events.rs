//! What the runtime calls: a request came, messages of the queue, a minute passed.

use rules_service::http::{self, App};
use wasm_bindgen::JsValue;
use worker::{
    Context, Env, MessageBatch, Request, Response, Result, ScheduleContext, ScheduledEvent,
    console_error, event,
};

use crate::{
    clock::now,
    configuration::configuration,
    front::{self, Front},
    queue,
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let request = front::request(request).await?;
    let config = match configuration(&env) {
        Ok(config) => config,
        Err(found) => return Ok(front::response(http::misconfigured(&request, &found))),
    };
    let app = App::new(Front::new(&env).map_err(|error| error.to_string())?, &config);
    Ok(front::response(app.handle(request).await))
}

/// Never an error: the runtime would take it for a panic. Each message is
/// acknowledged or given back by hand.
#[event(queue)]
async fn queue(batch: MessageBatch<JsValue>, env: Env, _context: Context) -> Result<()> {
    match app(&env) {
        Ok(app) => queue::consume(&batch, &app).await,
        Err(why) => {
            console_error!("queue: all messages come again: {why}");
            queue::give_back(&batch);
        }
    }
    Ok(())
}

/// A safety net: finds what is due although no alarm rang for it.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let ticked = match app(&env) {
        Ok(app) => app.tick(now()).await.map(|_| ()).map_err(|error| error.to_string()),
        Err(why) => Err(why),
    };
    if let Err(why) = ticked {
        console_error!("safety tick: {why}");
    }
}

fn app(env: &Env) -> std::result::Result<App<Front>, String> {
    let config = configuration(env).map_err(|found| found.join("; "))?;
    let front = Front::new(env).map_err(|error| error.to_string())?;
    Ok(App::new(front, &config))
}
