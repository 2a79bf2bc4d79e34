//! [`Notify`]: tells systemd that we are ready, alive, ending (`sd_notify(3)`), where it asked for that.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// The socket that systemd listens on, if it started us so.
#[derive(Debug)]
pub(crate) struct Notify {
    socket: Option<UnixDatagram>,
    watchdog: Option<Duration>,
}

impl Notify {
    /// Reads what systemd left in the environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "how systemd says where it listens; no decision depends on it"
    )]
    pub(crate) fn from_environment() -> Self {
        let socket = std::env::var_os("NOTIFY_SOCKET").and_then(|path| connect(&path));
        let watchdog = std::env::var("WATCHDOG_USEC").ok().and_then(|usec| usec.parse().ok());
        Self { socket, watchdog: watchdog.map(Duration::from_micros) }
    }

    /// Returns how often a sign of life is wanted: at half of the time after which we would be killed.
    pub(crate) fn every(&self) -> Option<Duration> {
        self.socket.as_ref()?;
        self.watchdog.map(|time| time / 2)
    }

    /// Everything stands.
    pub(crate) fn ready(&self) {
        self.send("READY=1\nSTATUS=trading");
    }

    /// The loop goes round.
    pub(crate) fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// The end has begun.
    pub(crate) fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, text: &str) {
        if let Some(socket) = &self.socket {
            // Who does not listen does not want to know.
            let _ = socket.send(text.as_bytes());
        }
    }
}

fn connect(path: &std::ffi::OsStr) -> Option<UnixDatagram> {
    let socket = UnixDatagram::unbound().ok()?;
    // systemd may use an abstract name, written with `@`.
    #[cfg(target_os = "linux")]
    if let Some(name) = path.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name).ok()?;
        socket.connect_addr(&address).ok()?;
        return Some(socket);
    }
    socket.connect(path).ok()?;
    Some(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_arrives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        let notify =
            Notify { socket: connect(path.as_os_str()), watchdog: Some(Duration::from_secs(4)) };
        assert_eq!(notify.every(), Some(Duration::from_secs(2)));
        notify.ready();
        notify.alive();
        notify.stopping();
        for wanted in ["READY=1\nSTATUS=trading", "WATCHDOG=1", "STOPPING=1"] {
            let mut heard = [0; 64];
            let length = systemd.recv(&mut heard).unwrap();
            assert_eq!(&heard[..length], wanted.as_bytes());
        }
        let nobody = Notify { socket: None, watchdog: Some(Duration::from_secs(4)) };
        nobody.ready();
        assert_eq!(nobody.every(), None);
    }
}
