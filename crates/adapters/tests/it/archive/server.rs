//! A loopback server with the layout of a public kline archive, and its bad days. Also used by the tests of `node`.

#![expect(
    clippy::disallowed_methods,
    reason = "a server of its own threads, which is slow where a test wants it slow"
)]

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What goes wrong with one answer.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Another status, with `Retry-After` in seconds.
    Status(u16, Option<u64>),
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// The same, without a word of how long the body is.
    CutUnsized(usize),
    /// A bit is another.
    Corrupt,
    /// The whole file, whatever was asked for.
    IgnoreRange,
    /// Another part than was asked for.
    WrongRange,
    /// So many bytes, then silence until the server is gone.
    Stall(usize),
    /// Piece by piece, with a pause after each, milliseconds.
    Drip(usize, u64),
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// First byte that was asked for.
    pub(crate) from: Option<usize>,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    faults: BTreeMap<String, VecDeque<Fault>>,
    asked: Vec<Asked>,
}

/// The server; it ends with the value.
pub(crate) struct ArchiveServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
}

impl ArchiveServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let (served, stopping) = (Arc::clone(&state), Arc::clone(&stop));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopping.load(Ordering::Relaxed) {
                    return;
                }
                let (state, stop) = (Arc::clone(&served), Arc::clone(&stopping));
                // A client that goes away in the middle is what some tests are about.
                thread::spawn(move || stream.map(|stream| serve(&stream, &state, &stop)));
            }
        });
        Self { address, state, stop }
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves a file, and its checksum beside it.
    pub(crate) fn add(&self, path: &str, body: Vec<u8>) {
        let name = path.rsplit('/').next().expect("a name");
        let checksum = format!("{}  {name}\n", sha256(&body));
        self.add_raw(&format!("{path}.CHECKSUM"), checksum.into_bytes());
        self.add_raw(path, body);
    }

    pub(crate) fn add_raw(&self, path: &str, body: Vec<u8>) {
        self.state.lock().expect("no panic").files.insert(format!("/{path}"), body);
    }

    /// The next answers for a path go wrong so.
    pub(crate) fn fail(&self, path: &str, faults: impl IntoIterator<Item = Fault>) {
        let mut state = self.state.lock().expect("no panic");
        state.faults.entry(format!("/{path}")).or_default().extend(faults);
    }

    /// Returns what was asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state.lock().expect("no panic").asked)
    }
}

impl Drop for ArchiveServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener.
        drop(TcpStream::connect(self.address));
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("a text takes everything");
        digits
    })
}

fn serve(stream: &TcpStream, state: &Mutex<State>, stop: &AtomicBool) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let Some(asked) = read_request(&mut reader)? else { return Ok(()) };
        let (body, fault) = {
            let mut state = state.lock().expect("no panic");
            state.asked.push(asked.clone());
            let fault = state.faults.get_mut(&asked.path).and_then(VecDeque::pop_front);
            (state.files.get(&asked.path).cloned(), fault)
        };
        if !answer(stream, body, asked.from, fault.as_ref(), stop)? {
            return Ok(());
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let mut from = None;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            return Ok(Some(Asked { path, from }));
        }
        if let Some(range) = header.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().ok();
        }
    }
}

/// Answers; false if the connection ends with it.
fn answer(
    mut stream: &TcpStream,
    body: Option<Vec<u8>>,
    from: Option<usize>,
    fault: Option<&Fault>,
    stop: &AtomicBool,
) -> std::io::Result<bool> {
    let empty = |status: &str, more: &str| {
        format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n{more}\r\n").into_bytes()
    };
    let Some(mut body) = body else {
        stream.write_all(&empty("404 Not Found", ""))?;
        return Ok(true);
    };
    let from = match (fault, from) {
        (Some(Fault::IgnoreRange), _) | (_, None) => None,
        (_, Some(from)) => Some(from),
    };
    if let Some(&Fault::Status(status, wait)) = fault {
        let wait = wait.map(|wait| format!("retry-after: {wait}\r\n")).unwrap_or_default();
        stream.write_all(&empty(&format!("{status} Bad"), &wait))?;
        return Ok(true);
    }
    if from.is_some_and(|from| from >= body.len()) {
        stream.write_all(&empty("416 Range Not Satisfiable", ""))?;
        return Ok(true);
    }
    if matches!(fault, Some(Fault::Corrupt)) {
        let middle = body.len() / 2;
        body[middle] ^= 1;
    }
    let all = body.len();
    let rest = &body[from.unwrap_or(0)..];
    let shown = match (fault, from) {
        (Some(Fault::WrongRange), Some(from)) => Some(from + 1),
        (_, from) => from,
    };
    let mut head = match shown {
        Some(from) => {
            format!(
                "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes {from}-{}/{all}\r\n",
                all - 1
            )
        }
        None => "HTTP/1.1 200 OK\r\n".to_owned(),
    };
    match fault {
        Some(Fault::CutUnsized(_)) => head.push_str("connection: close\r\n"),
        _ => head.push_str(&format!("content-length: {}\r\n", rest.len())),
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    match fault {
        Some(&(Fault::Cut(count) | Fault::CutUnsized(count))) => {
            stream.write_all(&rest[..count.min(rest.len())])?;
            stream.shutdown(std::net::Shutdown::Both)?;
            return Ok(false);
        }
        Some(&Fault::Stall(count)) => {
            stream.write_all(&rest[..count.min(rest.len())])?;
            // A minute at most: no test waits so long.
            for _ in 0..1_200 {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                thread::sleep(Duration::from_millis(50));
            }
            return Ok(false);
        }
        Some(&Fault::Drip(piece, pause)) => {
            for piece in rest.chunks(piece) {
                stream.write_all(piece)?;
                thread::sleep(Duration::from_millis(pause));
            }
        }
        Some(Fault::Status(..) | Fault::Corrupt | Fault::IgnoreRange | Fault::WrongRange)
        | None => stream.write_all(rest)?,
    }
    Ok(true)
}
