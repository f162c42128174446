//! What the runtime calls: a request, a batch of the queue, a minute passed.

use rules_service::http::App;
use worker::{
    Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, console_error, event,
};

use crate::{
    clock::now,
    configuration::configuration,
    front::{self, Front},
};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let request = front::request(request).await?;
    let config = match configuration(&env) {
        Ok(config) => config,
        Err(found) => return Response::error(found.join("\n"), 503),
    };
    let app = App::new(Front::new(&env).map_err(|error| error.to_string())?, &config);
    front::response(app.handle(request).await)
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let Ok(config) = configuration(&env) else { return };
    let ticked = match Front::new(&env) {
        Ok(front) => App::new(front, &config).tick(now()).await,
        Err(error) => Err(error),
    };
    if let Err(error) = ticked {
        console_error!("safety tick: {error}");
    }
}
