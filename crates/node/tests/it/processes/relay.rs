//! [`Relay`]: a door of this machine that leads to another one, until it is shut.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes connections on.
pub(crate) struct Relay {
    address: SocketAddr,
    /// Both ends of what is passed on; `None` once it is shut.
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Relay {
    /// Opens a door that leads to an address such as `ws://127.0.0.1:9001`.
    #[expect(clippy::disallowed_methods, reason = "it waits for bytes beside the test")]
    pub(crate) fn to(address: &str) -> Self {
        let (_, host) = address.split_once("://").unwrap();
        let (host, listener) = (host.to_owned(), TcpListener::bind("127.0.0.1:0").unwrap());
        let address = listener.local_addr().unwrap();
        let open = Arc::new(Mutex::new(Some(Vec::new())));
        let known = Arc::clone(&open);
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let mut known = known.lock().unwrap();
                // One that comes behind a shut door is dropped here.
                let Some(known) = known.as_mut() else { continue };
                let Ok(far) = TcpStream::connect(&host) else { continue };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || {
                        // It ends with either of them.
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                known.extend([near, far]);
            }
        });
        Self { address, open }
    }

    /// Returns where the door is.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shuts it: what passes is cut off, and nothing passes any more.
    pub(crate) fn shut(&self) {
        for stream in self.open.lock().unwrap().take().into_iter().flatten() {
            // It may be over by itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
