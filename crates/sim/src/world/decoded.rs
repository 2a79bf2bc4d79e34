//! [`Decoded`]: the entries that starts have read, so that the next start need not decode them again.

use types::entry::Entry;

/// An entry as it was read.
#[derive(Debug)]
struct Read {
    /// Of the bytes that it was read from.
    digest: u64,
    entry: Entry,
}

/// The entries that starts have read, by place. A start reads its whole journal, and finds most of it as the start before
/// did: an entry whose bytes have the digest that they had is the entry that it was.
#[derive(Debug, Default)]
pub(super) struct Decoded(Vec<Option<Read>>);

impl Decoded {
    /// Returns the entry of a place, whose bytes have this digest.
    ///
    /// # Errors
    /// In words: the bytes are none.
    pub(super) fn entry(
        &mut self,
        (place, digest): (u64, u64),
        bytes: &[u8],
    ) -> Result<&Entry, String> {
        let place = usize::try_from(place).map_err(|error| error.to_string())?;
        if self.0.len() <= place {
            self.0.resize_with(place + 1, || None);
        }
        let slot = &mut self.0[place];
        if slot.as_ref().is_none_or(|known| known.digest != digest) {
            let entry = Entry::decode(bytes).map_err(|error| error.to_string())?;
            *slot = Some(Read { digest, entry });
        }
        Ok(&slot.as_ref().expect("it was put there").entry)
    }
}

#[cfg(test)]
mod tests {
    use types::entry::{Body, Source};
    use types::ids::Seq;
    use types::market::TsNanos;

    use super::*;

    #[test]
    fn bytes_that_have_changed_are_read_anew() {
        let bytes = |at: i64| {
            let ts = TsNanos::from_nanos(at);
            let body = Body::InstantClosed { at: ts };
            let mut bytes = Vec::new();
            Entry { seq: Seq(3), ts_event: ts, ts, source: Source::Hub, body }.encode(&mut bytes);
            bytes
        };
        let mut decoded = Decoded::default();
        for (digest, at) in [(1, 10), (2, 20), (1, 30)] {
            let read = decoded.entry((3, digest), &bytes(at)).map(|entry| entry.ts.as_nanos());
            assert_eq!(read, Ok(at));
        }
        // The digest is what it was: so is the entry.
        let read = decoded.entry((3, 1), b"not looked at").map(|entry| entry.ts.as_nanos());
        assert_eq!(read, Ok(30));
        assert!(decoded.entry((3, 4), b"none").is_err());
    }
}
