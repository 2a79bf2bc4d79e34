//! `Checkpoint`: what a journal says of itself, as a signed note.
//!
//! The note is a [C2SP signed note](https://c2sp.org/signed-note), its text a
//! [C2SP tlog-checkpoint](https://c2sp.org/tlog-checkpoint), its signature Ed25519 (type 0x01).
//! Reading is strict: only the very bytes that writing gives are accepted.

use std::fmt;

use base64ct::{Base64, Encoding};
use ed25519_dalek::Signature;

use crate::tree::Hash;
use crate::words::{JournalId, Seq};

/// Before the journal's id in the first line of the text.
const ORIGIN: &str = "plimsoll/journal/";

/// Begins each signature line: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// Most signature lines that are read: the journal's own and its witnesses'.
const SIGNATURES_MAX: usize = 16;

/// Longest note that is read. One with a dozen witnesses has 2 KiB.
const NOTE_BYTES_MAX: usize = 64 << 10;

/// Signature type of Ed25519.
const ED25519: u8 = 1;

/// What a journal says of itself: the root of its tree at a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which journal.
    pub id: JournalId,
    /// Size of the tree: the place of its last entry.
    pub size: Seq,
    /// Root of the tree of that size.
    pub root: Hash,
}

/// A checkpoint with its signatures, none of them checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    checkpoint: Checkpoint,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NoteSignature {
    name: String,
    /// Key id (4 bytes), then the signature.
    blob: Vec<u8>,
}

/// The public half of the key that signs a journal's checkpoints (Ed25519): a point of the curve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey([u8; 32]);

/// A note that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is longer than any note of ours.
    #[error("saw a note of {0} bytes, wanted at most 65,536")]
    Long(usize),
    /// It is not written as a checkpoint is.
    #[error("saw another {0} than a checkpoint has")]
    Form(&'static str),
    /// It is of another journal.
    #[error("saw a checkpoint of journal {saw}, wanted one of {wanted}")]
    Journal {
        /// The journal that the note is about.
        saw: JournalId,
        /// The journal that was asked for.
        wanted: JournalId,
    },
    /// The key did not sign it.
    #[error("saw no signature of the key {wanted}")]
    Unsigned {
        /// The key.
        wanted: Box<VerifyingKey>,
    },
    /// The signature does not fit the text.
    #[error("saw a signature of the key {0} that does not fit the text")]
    Signature(VerifyingKey),
    /// It has other signatures than the one of the key.
    #[error("saw {0} signatures, wanted one")]
    Others(usize),
}

/// Bytes or a text that are no public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("saw no public key, wanted one of Ed25519")]
pub struct VerifyingKeyError;

impl Checkpoint {
    /// Returns the text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let root = Base64::encode_string(&self.root.0);
        format!("{}\n{}\n{root}\n", origin(self.id), self.size)
    }

    fn parse(text: &str) -> Result<Checkpoint, NoteError> {
        let mut lines = text.lines();
        let mut line = |what| lines.next().ok_or(NoteError::Form(what));
        let id = line("origin")?.strip_prefix(ORIGIN).and_then(|id| id.parse().ok());
        let size = line("size")?.parse().map_err(|_| NoteError::Form("size"))?;
        let mut root = [0; 32];
        let decoded = Base64::decode(line("root")?, &mut root).map(<[u8]>::len);
        let checkpoint = Checkpoint {
            id: id.ok_or(NoteError::Form("origin"))?,
            size: Seq(size),
            root: Hash(root),
        };
        if decoded != Ok(32) {
            return Err(NoteError::Form("root"));
        }
        // One spelling: no leading zeros, no plus, no extension lines, no carriage returns.
        if checkpoint.text() == text { Ok(checkpoint) } else { Err(NoteError::Form("text")) }
    }
}

/// Returns the name under which a journal signs.
fn origin(id: JournalId) -> String {
    format!("{ORIGIN}{id}")
}

impl SignedNote {
    /// Puts a signature under a checkpoint. `sign` is given the text.
    #[must_use]
    pub fn new(
        checkpoint: Checkpoint,
        key: &VerifyingKey,
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> SignedNote {
        let name = origin(checkpoint.id);
        let signature = sign(checkpoint.text().as_bytes());
        let blob = [&key.id(&name)[..], &signature].concat();
        SignedNote { checkpoint, signatures: vec![NoteSignature { name, blob }] }
    }

    /// Reads a note. Its signatures are not checked yet.
    ///
    /// # Errors
    /// If the bytes are not exactly those that [`SignedNote::to_text`] gives.
    pub fn parse(bytes: &[u8]) -> Result<SignedNote, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Long(bytes.len()));
        }
        let note = str::from_utf8(bytes).map_err(|_| NoteError::Form("character"))?;
        let (text, lines) = note.split_once("\n\n").ok_or(NoteError::Form("blank line"))?;
        // The text's own end of line belongs to it.
        let checkpoint = Checkpoint::parse(note.get(..=text.len()).unwrap_or_default())?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form("last line"))?;
        let signatures: Vec<NoteSignature> =
            lines.split('\n').take(SIGNATURES_MAX + 1).map(parse_line).collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::Others(signatures.len()));
        }
        let parsed = SignedNote { checkpoint, signatures };
        if parsed.to_text() == note { Ok(parsed) } else { Err(NoteError::Form("spelling")) }
    }

    /// Returns the note as it is kept and sent.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut note = self.checkpoint.text();
        note.push('\n');
        for NoteSignature { name, blob } in &self.signatures {
            note.extend([DASH, name, " ", &Base64::encode_string(blob), "\n"]);
        }
        note
    }

    /// Returns what the note says, whoever signed it: to find out which key to ask for.
    #[must_use]
    pub fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Checks that the key signed this note for this journal, and returns what it says.
    ///
    /// Signatures of others (witnesses) are ignored, as the note's specification asks.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(&self, id: JournalId, key: &VerifyingKey) -> Result<Checkpoint, NoteError> {
        let checkpoint = self.checkpoint;
        if checkpoint.id != id {
            return Err(NoteError::Journal { saw: checkpoint.id, wanted: id });
        }
        let name = origin(id);
        let key_id = key.id(&name);
        let mut ours = self.signatures.iter().filter_map(|line| {
            (line.name == name).then(|| line.blob.strip_prefix(&key_id)).flatten()
        });
        let signature = ours.next().ok_or(NoteError::Unsigned { wanted: Box::new(*key) })?;
        if ours.next().is_some() {
            return Err(NoteError::Others(self.signatures.len()));
        }
        let sound =
            signature.try_into().is_ok_and(|bytes| key.verify(checkpoint.text().as_bytes(), bytes));
        if sound { Ok(checkpoint) } else { Err(NoteError::Signature(*key)) }
    }

    /// As [`SignedNote::verify`], and nobody else's signature stands there: each bit is vouched for.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify_alone(&self, id: JournalId, key: &VerifyingKey) -> Result<Checkpoint, NoteError> {
        let checkpoint = self.verify(id, key)?;
        match self.signatures.len() {
            1 => Ok(checkpoint),
            others => Err(NoteError::Others(others)),
        }
    }
}

fn parse_line(line: &str) -> Result<NoteSignature, NoteError> {
    let wrong = NoteError::Form("signature line");
    let (name, blob) =
        line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(wrong.clone())?;
    let sound = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
    if name.is_empty() || !name.chars().all(sound) {
        return Err(wrong);
    }
    let blob = Base64::decode_vec(blob).map_err(|_| wrong.clone())?;
    // A key id and at least one byte of signature.
    if blob.len() < 5 { Err(wrong) } else { Ok(NoteSignature { name: name.to_owned(), blob }) }
}

impl VerifyingKey {
    /// Takes the bytes of a public key.
    ///
    /// # Errors
    /// If they are no point of the curve, or one of the few under which anybody can sign.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<VerifyingKey, VerifyingKeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| VerifyingKeyError)?;
        if key.is_weak() { Err(VerifyingKeyError) } else { Ok(VerifyingKey(*bytes)) }
    }

    /// Returns the bytes of the key.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// Returns whether the signature is this key's over the message, in the strict sense: one
    /// message has one signature.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        ed25519_dalek::VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }

    /// Returns the key as other signed-note tools read it: `<name>+<key id>+<base64 of type and key>`.
    #[must_use]
    pub fn note_key(&self, id: JournalId) -> String {
        let name = origin(id);
        let key_id = u32::from_be_bytes(self.id(&name));
        format!("{name}+{key_id:08x}+{}", Base64::encode_string(&self.typed()))
    }

    /// Reads a key in the form of [`VerifyingKey::note_key`], and the journal it is for.
    ///
    /// # Errors
    /// If it is not exactly what that gives.
    pub fn parse_note_key(text: &str) -> Result<(JournalId, VerifyingKey), VerifyingKeyError> {
        let parse = || {
            let mut parts = text.splitn(3, '+');
            let id: JournalId = parts.next()?.strip_prefix(ORIGIN)?.parse().ok()?;
            let mut typed = [0; 33];
            let [_, bytes @ ..] = match Base64::decode(parts.nth(1)?, &mut typed) {
                Ok(decoded) if decoded.len() == 33 => typed,
                Ok(_) | Err(_) => return None,
            };
            let key = VerifyingKey::from_bytes(&bytes).ok()?;
            (key.note_key(id) == text).then_some((id, key))
        };
        parse().ok_or(VerifyingKeyError)
    }

    fn typed(&self) -> [u8; 33] {
        let mut typed = [ED25519; 33];
        typed[1..].copy_from_slice(&self.0);
        typed
    }

    /// The first 4 bytes of SHA-256(name, end of line, type, key).
    fn id(&self, name: &str) -> [u8; 4] {
        let Hash([a, b, c, d, ..]) = Hash::of(&[name.as_bytes(), b"\n", &self.typed()].concat());
        [a, b, c, d]
    }
}

/// Base64, as in the key files.
impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({self})")
    }
}

#[cfg(test)]
mod tests;
