//! [`Http`]: one request, one reply, and an error that says whether anything can have left.

use std::error::Error as _;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};

use super::tls;

/// Longest reply that is read: all symbols of a large exchange are about 15 MB.
const REPLY_BYTES_MAX: usize = 64 << 20;

/// An idle connection is closed by us after this, before servers do: a request on a connection that
/// the other side is closing has an unknown outcome.
const IDLE: Duration = Duration::from_secs(15);

/// How requests are made.
#[derive(Clone, Debug)]
pub(crate) struct HttpConfig {
    /// Scheme, host and port.
    pub(crate) base: String,
    /// Whether plain HTTP is allowed: on loopback alone.
    pub(crate) plain_allowed: bool,
    /// Longest time until a connection stands.
    pub(crate) connect_timeout: Duration,
    /// Longest time until the whole reply is here, connecting included.
    pub(crate) reply_timeout: Duration,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

/// Where parameters travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body<'a> {
    /// Behind the path.
    Query(&'a str),
    /// As the form of a body: what is signed does not enter the lines that servers on the way note down.
    Form(&'a str),
}

/// One side's client.
pub(crate) struct Http {
    /// Cheap to clone, with its connections.
    client: Mutex<Client>,
    base: Url,
    host: String,
    connect_timeout: Duration,
    reply_timeout: Duration,
}

/// A reply, whatever its status.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why there is no reply.
#[derive(Debug)]
pub(crate) enum SendError {
    /// No connection came about: nothing left.
    NoConnection(String),
    /// It may have left, and no answer came in time.
    TimedOut(Duration),
    /// It may have left, and the connection broke.
    Lost(String),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConnection(why) => write!(f, "no connection: {why}"),
            Self::TimedOut(waited) => write!(f, "no answer within {waited:?}"),
            Self::Lost(why) => write!(f, "the connection broke: {why}"),
        }
    }
}

impl Http {
    /// Returns a client.
    ///
    /// It takes no proxy from the environment, follows no redirect and repeats nothing.
    ///
    /// # Errors
    /// What is wrong with the address, in words.
    pub(crate) fn new(config: &HttpConfig) -> Result<Self, String> {
        let base = Url::parse(&config.base).map_err(|error| error.to_string())?;
        let host = match (base.host_str(), base.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => return Err("it names no host".to_owned()),
        };
        if !base.username().is_empty() || base.password().is_some() {
            return Err("it holds a user or a password".to_owned());
        }
        if base.scheme() != "https" && !(base.scheme() == "http" && config.plain_allowed) {
            return Err(format!("its scheme is `{}`, wanted `https`", base.scheme()));
        }
        let (connect_timeout, reply_timeout) = (config.connect_timeout, config.reply_timeout);
        let client = Mutex::new(client(connect_timeout, reply_timeout)?);
        Ok(Self { client, base, host, connect_timeout, reply_timeout })
    }

    /// Forgets every connection that is kept: the next request makes its own. What is under way goes on with the old ones.
    pub(crate) fn reset(&self) {
        // What could be made once can be made again; where it cannot, the old one is as good.
        if let Ok(new) = client(self.connect_timeout, self.reply_timeout) {
            *self.client.lock().expect("no holder of the lock panics") = new;
        }
    }

    /// Returns host and port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Sends a request, once, and reads its reply.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Body<'_>,
        key: Option<(&'static str, &SecretString)>,
    ) -> Result<Reply, SendError> {
        let mut url = self.base.clone();
        url.set_path(path);
        if let Body::Query(query) = body
            && !query.is_empty()
        {
            url.set_query(Some(query));
        }
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let client = self.client.lock().expect("no holder of the lock panics").clone();
        let mut request = client.request(method, url);
        if let Body::Form(form) = body {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.to_owned());
        }
        if let Some((name, key)) = key {
            let mut value = HeaderValue::from_str(key.expose_secret())
                .expect("credentials are printable ASCII");
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let reply = request.send().await.map_err(|error| self.classify(error))?;
        self.read(reply).await
    }

    /// Reads a reply to its end, within bounds.
    async fn read(&self, mut reply: reqwest::Response) -> Result<Reply, SendError> {
        let status = reply.status().as_u16();
        let headers = reply.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(|error| self.classify(error))? {
            if body.len() + chunk.len() > REPLY_BYTES_MAX {
                return Err(SendError::Lost(format!(
                    "a reply of more than {REPLY_BYTES_MAX} bytes"
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }

    /// Says what a failure means. The address is taken out: it holds the signature.
    fn classify(&self, error: reqwest::Error) -> SendError {
        let error = error.without_url();
        if error.is_connect() {
            SendError::NoConnection(in_words(&error))
        } else if error.is_timeout() {
            SendError::TimedOut(self.reply_timeout)
        } else if error.is_builder() {
            SendError::NoConnection(in_words(&error))
        } else {
            SendError::Lost(in_words(&error))
        }
    }
}

fn client(connect_timeout: Duration, reply_timeout: Duration) -> Result<Client, String> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls::config())
        .no_proxy()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .tcp_nodelay(true)
        .pool_idle_timeout(IDLE)
        .connect_timeout(connect_timeout)
        .timeout(reply_timeout)
        .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
        .build();
    client.map_err(|error| in_words(&error.without_url()))
}

/// Returns an error with its sources.
fn in_words(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(base: &str, plain_allowed: bool) -> HttpConfig {
        HttpConfig {
            base: base.to_owned(),
            plain_allowed,
            connect_timeout: Duration::from_secs(1),
            reply_timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn addresses_that_are_not_taken() {
        for (base, plain, wanted) in [
            ("https://api.example", false, Ok("api.example")),
            ("http://127.0.0.1:8080", true, Ok("127.0.0.1:8080")),
            ("http://api.example", false, Err("its scheme is `http`, wanted `https`")),
            ("ftp://api.example", true, Err("its scheme is `ftp`, wanted `https`")),
            ("https://key:secret@api.example", false, Err("it holds a user or a password")),
            ("api.example", false, Err("relative URL without a base")),
        ] {
            let seen = Http::new(&config(base, plain)).map(|http| http.host().to_owned());
            assert_eq!(seen, wanted.map(str::to_owned).map_err(str::to_owned), "{base}");
        }
    }
}
