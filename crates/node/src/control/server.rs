//! [`Server`]: the socket, who may use it, and the way of a request to the runtime and back.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc, watch};
use tokio::time::timeout;

use super::desk::{ControlRequest, Hearing, answering};
use super::words::{Answer, REQUEST_BYTES_MAX, Request, Said};
use super::{lines, peer, socket};

/// Connections at a time; the next one waits in the kernel.
const CONNECTIONS_MAX: usize = 64;

/// Requests of them that may wait for the runtime; one that stops something needs no place among others.
const SERVED_MAX: usize = 16;

/// Connections that may wait for such a place: the rest of them are left to what stops something.
const OTHERS_MAX: usize = 32;
const _: () = assert!(SERVED_MAX + OTHERS_MAX < CONNECTIONS_MAX);

/// How long the runtime may take over an answer. Clients are less patient by themselves.
const ANSWER_WITHIN: Duration = Duration::from_secs(600);

/// How long to wait after the kernel refuses to hand over a connection (no more files, for example).
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// It cannot be made.
    #[error("{path}: cannot make the control socket: {source}", path = .path.display())]
    Bind {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where requests go.
#[derive(Clone, Debug)]
pub(crate) struct Desks {
    /// What stops something; whoever hears it hears it before anything else. As many fit as there are connections.
    pub(crate) first: mpsc::Sender<ControlRequest>,
    /// Everything else.
    pub(crate) others: mpsc::Sender<ControlRequest>,
}

impl Desks {
    /// Returns a desk for what stops something, in which there is always room.
    pub(crate) fn first() -> (mpsc::Sender<ControlRequest>, mpsc::Receiver<ControlRequest>) {
        mpsc::channel(CONNECTIONS_MAX)
    }
}

/// Requests that are served at a time.
#[derive(Debug)]
struct Places {
    served: Semaphore,
    others: Semaphore,
}

/// The control socket of a state folder.
#[derive(Debug)]
pub(crate) struct Server {
    listener: UnixListener,
    path: PathBuf,
    /// The socket's file, so that a successor's is not removed at the end.
    inode: u64,
    owner: u32,
}

impl Server {
    /// Makes the socket; one that an earlier process left is replaced. The caller holds the folder's lock, and runs in a
    /// runtime.
    ///
    /// # Errors
    /// `ControlError` if it cannot be made.
    pub(crate) fn bind(state: &Path) -> Result<Self, ControlError> {
        let path = socket(state);
        let failed = |source| ControlError::Bind { path: path.clone(), source };
        // Under another name until nobody else may open it: there is no moment at which others could.
        let made = state.join(format!(".control.{}", std::process::id()));
        let _ = fs::remove_file(&made);
        let listener = UnixListener::bind(&made).map_err(failed)?;
        let placed = fs::set_permissions(&made, fs::Permissions::from_mode(0o600))
            .and_then(|()| fs::metadata(&made))
            .and_then(|file| fs::rename(&made, &path).map(|()| file.ino()));
        let inode = placed.map_err(failed)?;
        Ok(Self { listener, path, inode, owner: rustix::process::geteuid().as_raw() })
    }

    /// Serves until `stop` turns true or its sender is gone, then removes the socket.
    pub(crate) async fn run(self, desks: Desks, mut stop: watch::Receiver<bool>) {
        let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let places = Places {
            served: Semaphore::new(SERVED_MAX),
            others: Semaphore::new(SERVED_MAX + OTHERS_MAX),
        };
        let places = Arc::new(places);
        loop {
            let accept = async {
                let connection = Arc::clone(&connections).acquire_owned().await;
                let connection = connection.expect("nobody closes it");
                (connection, self.listener.accept().await)
            };
            let (connection, accepted) = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                accepted = accept => accepted,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            };
            let (desks, places, owner) = (desks.clone(), Arc::clone(&places), self.owner);
            tokio::spawn(async move {
                serve(stream, &desks, &places, owner).await;
                drop(connection);
            });
        }
        self.remove();
    }

    /// Removes the socket unless a successor's is in its place.
    fn remove(&self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|file| file.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Serves one connection: one request.
async fn serve(mut stream: UnixStream, desks: &Desks, places: &Places, owner: u32) {
    let user = stream.peer_cred().map(|peer| peer.uid());
    let (read, mut write) = stream.split();
    let asked = match user {
        Ok(user) if peer::may_ask(user, owner) => {
            let line = lines::read(&mut BufReader::new(read), REQUEST_BYTES_MAX).await;
            line.and_then(|line| Request::parse(&line)).map(|request| (user, request))
        }
        Ok(user) => Err(format!("user {user} may not give orders here: only {owner} and root may")),
        Err(error) => Err(format!("the system does not say who asks: {error}")),
    };
    let answer = match asked {
        Ok((user, request)) if request.command.stops() => {
            hand_over(user, request, &desks.first, &mut write).await
        }
        Ok((user, request)) => match places.take().await {
            Some(_places) => hand_over(user, request, &desks.others, &mut write).await,
            None => failed("too many others wait for the hub: nothing was done, ask again"),
        },
        Err(message) => Answer::Failed { message },
    };
    // Nobody may be listening any more; what was asked for happens all the same.
    let _ = lines::write(&mut write, Said::Answer(answer)).await;
}

impl Places {
    /// Waits for a place, if not too many do already, as long as anybody waits here.
    async fn take(&self) -> Option<[SemaphorePermit<'_>; 2]> {
        let waits = self.others.try_acquire().ok()?;
        let served = timeout(lines::PATIENCE, self.served.acquire()).await.ok()?.ok()?;
        Some([waits, served])
    }
}

/// Gives a request to the runtime and passes on what it says.
async fn hand_over(
    user: u32,
    request: Request,
    desk: &mpsc::Sender<ControlRequest>,
    write: &mut (impl tokio::io::AsyncWrite + Unpin),
) -> Answer {
    let login = peer::login(user);
    let name = peer::name(request.operator.as_deref(), &login);
    let who = request.operator.unwrap_or(login);
    let (reply, hearing) = answering();
    let asked = ControlRequest { name, who, command: request.command, reply };
    match timeout(lines::PATIENCE, desk.send(asked)).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => return failed("the hub is ending: nothing was done"),
        Err(_) => return failed("the hub is too busy to take it: nothing was done"),
    }
    let answered = timeout(ANSWER_WITHIN, hear(hearing, write)).await;
    answered.unwrap_or_else(|_| {
        failed("the hub took it and has not said what came of it: see `status` and the journal")
    })
}

/// Passes progress on until the answer comes.
async fn hear(mut hearing: Hearing, write: &mut (impl tokio::io::AsyncWrite + Unpin)) -> Answer {
    let mut listens = true;
    loop {
        tokio::select! {
            biased;
            Some(text) = hearing.progress.recv() => {
                listens = listens && lines::write(write, Said::Progress(text)).await;
            }
            answer = &mut hearing.answer => {
                return answer.unwrap_or_else(|_| {
                    failed("the hub ended before it said what came of it: see the journal")
                });
            }
        }
    }
}

fn failed(message: &str) -> Answer {
    Answer::Failed { message: message.to_owned() }
}
