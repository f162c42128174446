use std::net::IpAddr;

use http::uri::{Authority, Scheme, Uri};
use http_body_util::BodyExt;
use tokio::net::TcpStream;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, io::TokioIo};

/// Outbound HTTP that reaches this machine and nothing else: a test that
/// would tell a stranger fails instead.
pub(crate) struct LoopbackOnly;

type Sent =
    Result<(http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

impl WasiHttpHooks for LoopbackOnly {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        Box::new(send(request))
    }
}

async fn send(mut request: http::Request<WasiBody>) -> Sent {
    let authority = request.uri().authority().ok_or(Error::HttpRequestUriInvalid)?;
    if request.uri().scheme() != Some(&Scheme::HTTP) || !is_loopback(authority) {
        return Err(Error::HttpRequestDenied);
    }
    let host = authority.host().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80)))
        .await
        .map_err(Error::Connect)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // A server wants the path alone.
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = Uri::try_from(path).map_err(|_| Error::HttpRequestUriInvalid)?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let response = response.map(|body| body.map_err(Error::from).boxed_unsync());
    let finished = async move {
        // The connection ends with the body; an error shows there too.
        let _ = connection.await;
        Ok(())
    };
    Ok((response, Box::new(finished)))
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
