//! [`Proof`]: a text that proves an entry, for somebody who has a public key and nothing else.

use base64ct::{Base64, Encoding};

use crate::note::{NoteError, SignedNote, VerifyingKey};
use crate::tree::{Hash, Inclusion, ProofError, leaf_hash};
use crate::words::{Entry, JournalId, PAYLOAD_BYTES_MAX, Seq};

/// First line of a proof.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Bytes of the leaf data before the payload: seq, kind, schema.
const LEAF_HEAD: usize = 12;

/// Longest path in a tree of fewer than 2^64 leaves.
const PATH_MAX: usize = 64;

/// An entry, its path through the tree, and a signed checkpoint of that tree.
///
/// As a text it is a [C2SP tlog-proof](https://c2sp.org/tlog-proof) whose extra data is the leaf data, so
/// that other tools for such proofs read it: header, `extra` and base64 of the leaf data, `index` and
/// the index of the leaf, the hashes of the path in base64, a blank line, the checkpoint as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    leaf: Vec<u8>,
    inclusion: Inclusion,
    note: SignedNote,
}

/// What a proof proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven<'a> {
    /// Which journal the entry is in.
    pub id: JournalId,
    /// Size of the tree that the checkpoint signs.
    pub size: Seq,
    /// The entry.
    pub entry: Entry<'a>,
}

/// A proof that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofTextError {
    /// Not the text of a proof.
    #[error("saw another {0} than the text of a proof has")]
    Form(&'static str),
    /// The checkpoint.
    #[error("the checkpoint of the proof: {0}")]
    Note(#[from] NoteError),
    /// The path does not lead to the checkpoint's root.
    #[error(transparent)]
    Path(#[from] ProofError),
}

impl Proof {
    /// Puts a proof together; whether it holds is for [`Proof::verify`] to say.
    pub(super) fn new(leaf: Vec<u8>, inclusion: Inclusion, note: SignedNote) -> Proof {
        Proof { leaf, inclusion, note }
    }

    /// Returns the text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\nextra {}\n", Base64::encode_string(&self.leaf));
        text.push_str(&format!("index {}\n", self.inclusion.index));
        for hash in &self.inclusion.path {
            text.extend([&Base64::encode_string(&hash.0), "\n"]);
        }
        text.push('\n');
        text.push_str(&self.note.to_text());
        text
    }

    /// Reads the text of a proof. Nothing of it is checked yet.
    ///
    /// # Errors
    /// If it is not exactly what [`Proof::to_text`] gives.
    pub fn parse(text: &str) -> Result<Proof, ProofTextError> {
        let form = ProofTextError::Form;
        if text.len() > 2 * PAYLOAD_BYTES_MAX {
            return Err(form("length"));
        }
        let (head, note) = text.split_once("\n\n").ok_or(form("blank line"))?;
        let note = SignedNote::parse(note.as_bytes())?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(form("first line"));
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let leaf =
            extra.and_then(|extra| Base64::decode_vec(extra).ok()).ok_or(form("extra line"))?;
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(|index| index.parse().ok()).ok_or(form("index line"))?;
        let path: Vec<Hash> =
            lines.take(PATH_MAX + 1).map(hash).collect::<Option<_>>().ok_or(form("hash"))?;
        if path.len() > PATH_MAX {
            return Err(form("number of hashes"));
        }
        let inclusion = Inclusion { index, size: note.unverified().size.0, path };
        let proof = Proof { leaf, inclusion, note };
        if proof.entry().is_none() {
            return Err(form("leaf"));
        }
        // One proof has one text: a number with a leading zero or a stray bit of base64 is another.
        if proof.to_text() == text { Ok(proof) } else { Err(form("spelling")) }
    }

    /// Checks that the key signed the checkpoint and that the entry is in its tree, at its place.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Proven<'_>, ProofTextError> {
        let checkpoint = self.note.verify(self.note.unverified().id, key)?;
        self.inclusion.verify(&leaf_hash(&self.leaf), &checkpoint.root)?;
        let entry = self.entry().ok_or(ProofTextError::Form("leaf"))?;
        Ok(Proven { id: checkpoint.id, size: checkpoint.size, entry })
    }

    /// The entry, if the leaf is one of this place.
    fn entry(&self) -> Option<Entry<'_>> {
        let (head, payload) = self.leaf.split_at_checked(LEAF_HEAD)?;
        let (seq, rest) = head.split_first_chunk()?;
        let (kind, schema) = rest.split_first_chunk()?;
        let seq = Seq(u64::from_le_bytes(*seq));
        let kind = u16::from_le_bytes(*kind);
        let schema = u16::from_le_bytes(schema.try_into().ok()?);
        let placed = self.inclusion.index.checked_add(1) == Some(seq.0);
        (placed && payload.len() <= PAYLOAD_BYTES_MAX).then_some(Entry {
            seq,
            kind,
            schema,
            payload,
        })
    }
}

fn hash(line: &str) -> Option<Hash> {
    let mut bytes = [0; 32];
    match Base64::decode(line, &mut bytes) {
        Ok(whole) if whole.len() == 32 => Some(Hash(bytes)),
        Ok(_) | Err(_) => None,
    }
}
