//! Detached signatures: `FILE.sig` beside a file, by one operator or several.
//!
//! ```text
//! plimsoll-signature/1
//! purpose limits
//! version 3
//! signed ada plimsoll-pub-... <base64 of 64 bytes>
//! ```
//!
//! What is signed are the first three lines, the line `signed NAME` and then the bytes of the file: a signature of one purpose counts
//! for no other. The version is the one within the file, repeated for `config sign`, which lets no lower one follow.

use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};

use super::folder::is_name;
use super::{OperatorKey, TrustedKey};

const HEAD: &str = "plimsoll-signature/1";

/// Most signatures of one file.
const SIGNERS_MAX: usize = 16;

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Hard limits.
    Limits,
    /// The permission to trade with real money.
    LivePermission,
}

impl Purpose {
    /// Returns its word in files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Limits => "limits",
            Self::LivePermission => "live-permission",
        }
    }
}

/// The signatures of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signatures {
    /// What for.
    pub(crate) purpose: Purpose,
    /// Version of what was signed, as the signer read it.
    pub(crate) version: u64,
    signed: Vec<Signed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Signed {
    name: String,
    key: TrustedKey,
    signature: [u8; 64],
}

/// Somebody whose signature holds and whose key is trusted.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct SignedBy {
    /// The name the key had where it signed.
    pub(crate) name: String,
    /// The key.
    pub(crate) key: TrustedKey,
}

/// Signatures that do not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureError {
    /// The file with them is not one.
    #[error("the signature cannot be read (line {0}): sign again with `plimsoll config sign`")]
    Form(usize),
    /// One key stands in it twice: it would count as two persons.
    #[error(
        "the key of line {0} stands in an earlier one already: wanted each person's key once, sign again with `plimsoll config sign`"
    )]
    Twice(usize),
    /// It is for something else.
    #[error("saw a signature for {saw}, wanted one for {wanted}")]
    Purpose {
        /// What it is for.
        saw: &'static str,
        /// What was wanted.
        wanted: &'static str,
    },
    /// Nobody who is trusted signed.
    #[error(
        "saw the signature of {name} with {key}, which is not among run.trusted_keys: add the key, or sign with another"
    )]
    Unknown {
        /// The name beside the first signature.
        name: String,
        /// Its key.
        key: TrustedKey,
    },
    /// A trusted key's signature does not fit the bytes.
    #[error(
        "the signature of {name} does not fit the file: file or signature were altered after signing; look at what changed, then sign again"
    )]
    Altered {
        /// Whose.
        name: String,
    },
    /// No key is trusted at all.
    #[error("no key is trusted: name one under run.trusted_keys, `plimsoll keys list` prints them")]
    NoTrust,
}

impl Signatures {
    /// Signs bytes.
    pub(crate) fn new(
        purpose: Purpose,
        version: u64,
        bytes: &[u8],
        name: &str,
        key: &OperatorKey,
    ) -> Self {
        let mut signatures = Self { purpose, version, signed: Vec::new() };
        signatures.add(bytes, name, key);
        signatures
    }

    /// Adds a signature over the same bytes, or renews the one of that key.
    pub(crate) fn add(&mut self, bytes: &[u8], name: &str, key: &OperatorKey) {
        let signature = key.sign(&self.message(name, bytes));
        self.signed.retain(|signed| signed.key != key.public());
        self.signed.push(Signed { name: name.to_owned(), key: key.public(), signature });
    }

    /// Returns whether every signature is over these bytes, trusted or not.
    pub(crate) fn fits(&self, bytes: &[u8]) -> bool {
        self.signed.iter().all(|signed| self.holds(signed, bytes))
    }

    /// Returns who of the trusted signed these bytes: at least one.
    ///
    /// # Errors
    /// [`SignatureError`] if nobody did, or a trusted key's signature does not fit.
    pub(crate) fn check(
        &self,
        purpose: Purpose,
        bytes: &[u8],
        trusted: &[TrustedKey],
    ) -> Result<Vec<SignedBy>, SignatureError> {
        if self.purpose != purpose {
            let (saw, wanted) = (self.purpose.name(), purpose.name());
            return Err(SignatureError::Purpose { saw, wanted });
        }
        if trusted.is_empty() {
            return Err(SignatureError::NoTrust);
        }
        let mut by = Vec::new();
        for signed in self.signed.iter().filter(|signed| trusted.contains(&signed.key)) {
            if !self.holds(signed, bytes) {
                return Err(SignatureError::Altered { name: signed.name.clone() });
            }
            by.push(SignedBy { name: signed.name.clone(), key: signed.key });
        }
        match (by.is_empty(), self.signed.first()) {
            (false, _) => Ok(by),
            (true, Some(Signed { name, key, .. })) => {
                Err(SignatureError::Unknown { name: name.clone(), key: *key })
            }
            (true, None) => Err(SignatureError::Form(4)),
        }
    }

    /// Returns the place of the first signature whose key signed before it.
    fn repeated(&self) -> Option<usize> {
        let keys = || self.signed.iter().map(|signed| signed.key);
        keys().enumerate().position(|(index, key)| keys().take(index).any(|other| other == key))
    }

    fn holds(&self, signed: &Signed, bytes: &[u8]) -> bool {
        signed.key.verify(&self.message(&signed.name, bytes), &signed.signature)
    }

    fn message(&self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut message = format!("{}signed {name}\n", self.head()).into_bytes();
        message.extend_from_slice(bytes);
        message
    }

    fn head(&self) -> String {
        format!("{HEAD}\npurpose {}\nversion {}\n", self.purpose.name(), self.version)
    }

    /// Returns the text of the file.
    pub(crate) fn to_text(&self) -> String {
        let mut text = self.head();
        for Signed { name, key, signature } in &self.signed {
            text += &format!("signed {name} {key} {}\n", Base64::encode_string(signature));
        }
        text
    }

    /// Reads the text of a file. Exactly what [`Signatures::to_text`] writes is taken, so that every byte counts.
    ///
    /// # Errors
    /// `Form` with the line at fault, `Twice` with the line whose key an earlier one has, under whatever name.
    pub(crate) fn parse(text: &str) -> Result<Self, SignatureError> {
        let mut lines = text.lines();
        let mut line = |n: usize| lines.next().ok_or(SignatureError::Form(n));
        if line(1)? != HEAD {
            return Err(SignatureError::Form(1));
        }
        let purpose = match line(2)? {
            "purpose limits" => Purpose::Limits,
            "purpose live-permission" => Purpose::LivePermission,
            _ => return Err(SignatureError::Form(2)),
        };
        let version = line(3)?.strip_prefix("version ").and_then(|version| version.parse().ok());
        let version = version.ok_or(SignatureError::Form(3))?;
        let signed: Result<Vec<Signed>, _> = lines
            .zip(4..)
            .map(|(line, n)| parse_signed(line).ok_or(SignatureError::Form(n)))
            .collect();
        let signatures = Self { purpose, version, signed: signed? };
        let count = signatures.signed.len();
        if count == 0 || count > SIGNERS_MAX || signatures.to_text() != text {
            return Err(SignatureError::Form(4));
        }
        match signatures.repeated() {
            Some(index) => Err(SignatureError::Twice(index + 4)),
            None => Ok(signatures),
        }
    }
}

/// Returns the file of the signatures of a file.
pub(crate) fn signature_path(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".sig");
    PathBuf::from(path)
}

fn parse_signed(line: &str) -> Option<Signed> {
    let mut words = line.strip_prefix("signed ")?.split(' ');
    let (name, key, body) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || !is_name(name) {
        return None;
    }
    let mut signature = [0; 64];
    let decoded = Base64::decode(body, &mut signature).ok()?.len();
    (decoded == 64).then_some(Signed { name: name.to_owned(), key: key.parse().ok()?, signature })
}
