//! One application: its variables, its state, its address.

use std::{
    collections::BTreeMap,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use http::{
    Request, Response, StatusCode,
    header::{CONTENT_TYPE, HOST},
    uri::{PathAndQuery, Scheme, Uri},
};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use wasmtime::error::Context as _;
use wasmtime_wasi_http::{Error, WasiBody, handler::ProxyHandler, io::TokioIo};

use crate::{
    component::Runnable,
    handler::{Instances, REQUESTS_PER_INSTANCE},
    key_value::Store,
};

/// Begins the name of every folder of fresh state; the process's number and a count follow.
const FOLDER_PREFIX: &str = "spin-host-";

/// What to start an application with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values of variables; a name that is not here is undefined.
    pub variables: BTreeMap<String, String>,
    /// Folder of SQLite and key-value state that outlives the application; a fresh one without.
    pub state: Option<PathBuf>,
    /// Requests that one instance serves; as with Spin without.
    pub requests_per_instance: Option<usize>,
}

/// How long state has to last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Durability {
    /// Past a power cut.
    Durable,
    /// Until the application is closed; spares the disk.
    UntilClosed,
}

/// What an application's instances share.
pub(crate) struct State {
    pub(crate) variables: BTreeMap<String, String>,
    /// File of the database `default`.
    pub(crate) database: PathBuf,
    pub(crate) key_value: Store,
    pub(crate) durability: Durability,
    pub(crate) requests_per_instance: usize,
    folder: PathBuf,
    closed: AtomicBool,
}

impl State {
    /// Whether the application has ended, though an instance may still be there.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    fn open(options: Options) -> wasmtime::Result<Self> {
        let (folder, durability) = match options.state {
            Some(folder) => (folder, Durability::Durable),
            None => (fresh_folder(), Durability::UntilClosed),
        };
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self {
            variables: options.variables,
            database: folder.join("sqlite_db.db"),
            key_value: Store::open(&folder.join("sqlite_key_value.db"), durability)?,
            durability,
            requests_per_instance: options.requests_per_instance.unwrap_or(REQUESTS_PER_INSTANCE),
            folder,
            closed: AtomicBool::new(false),
        })
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if self.durability == Durability::UntilClosed {
            // What stays behind is in the folder for temporary files.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// A running application; dropping it stops it.
pub struct Application {
    address: SocketAddr,
    state: Arc<State>,
    _connections: JoinSet<()>,
}

impl Application {
    /// Starts an application on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Its state cannot be opened, or no port is free.
    pub async fn start(component: Arc<Runnable>, options: Options) -> wasmtime::Result<Self> {
        let state = Arc::new(State::open(options)?);
        let handler = ProxyHandler::new(Instances { component, state: Arc::clone(&state) });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, handler));
        Ok(Self { address, state, _connections: connections })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::Relaxed);
    }
}

async fn accept(listener: TcpListener, handler: ProxyHandler<Instances>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, handler.clone()));
            }
            Err(error) => eprintln!("accepting a connection: {error}"),
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, handler: ProxyHandler<Instances>) {
    // Spin leaves Nagle's algorithm on; its pauses would only slow the tests down.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(&handler, request));
    // A client that goes away is no matter of this host.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    handler: &ProxyHandler<Instances>,
    mut request: Request<Incoming>,
) -> io::Result<Response<WasiBody>> {
    if let Some(uri) = absolute(&request) {
        *request.uri_mut() = uri;
    }
    let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
    Ok(handler.handle((), request).await.unwrap_or_else(|error| {
        eprintln!("the component did not answer: {error:?}");
        failure(format!("{error:#}"))
    }))
}

/// The request's address with scheme and host, which a component gets from Spin.
fn absolute(request: &Request<Incoming>) -> Option<Uri> {
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(request.headers().get(HOST)?.to_str().ok()?.parse().ok()?);
    parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    Uri::from_parts(parts).ok()
}

fn failure(message: String) -> Response<WasiBody> {
    let body = Full::from(message).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/plain"));
    response
}

/// A folder that no other application has, in memory where that is to be had.
fn fresh_folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    if count == 0 {
        remove_leftovers(&parent);
    }
    parent.join(format!("{FOLDER_PREFIX}{}-{count}", process::id()))
}

/// Removes what hosts that were killed left behind, where `/proc` tells who still runs.
fn remove_leftovers(parent: &Path) {
    let processes = Path::new("/proc");
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries.filter(|_| processes.join("self").exists()) {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(FOLDER_PREFIX));
        let owner = rest.and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|owner| !processes.join(owner).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
