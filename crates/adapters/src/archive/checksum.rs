//! The checksum beside a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::ChecksumError;

/// SHA-256 in lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checksum(String);

impl Checksum {
    /// Reads the line that `sha256sum` writes: 64 digits, two signs, the file's name.
    pub(super) fn read(text: &[u8], name: &str) -> Result<Self, ChecksumError> {
        let shown = || {
            let start = text.get(..text.len().min(120)).unwrap_or_default();
            start.escape_ascii().to_string()
        };
        let unreadable = || ChecksumError::Unreadable { seen: shown() };
        let line = std::str::from_utf8(text).map_err(|_| unreadable())?.trim();
        let (digits, rest) = line.split_once(char::is_whitespace).ok_or_else(unreadable)?;
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(unreadable());
        }
        let named = rest.trim_start().trim_start_matches('*');
        if named != name {
            return Err(ChecksumError::OtherFile { named: named.escape_debug().to_string() });
        }
        Ok(Self(digits.to_ascii_lowercase()))
    }

    /// Returns that of a file.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0_u8; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => hash.update(&buffer[..count]),
            }
        }
        let digits = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self(digits))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_sha256sum() {
        let digits = "AB".repeat(32);
        for separator in ["  ", " *"] {
            let line = format!("{digits}{separator}A-1h-2024-01.zip\n");
            let checksum = Checksum::read(line.as_bytes(), "A-1h-2024-01.zip").unwrap();
            assert_eq!(checksum.as_str(), "ab".repeat(32));
        }
    }

    #[test]
    fn what_is_no_checksum_of_the_file_is_refused() {
        let digits = "ab".repeat(32);
        for (text, wanted) in [
            ("".to_owned(), "wanted 64 hexadecimal digits and a file name"),
            ("<html>not found</html>".to_owned(), "<html>not found</html>"),
            (digits.clone(), "wanted 64"),
            (format!("{}  A.zip", &digits[1..]), "wanted 64"),
            (format!("{}x  A.zip", &digits[1..]), "wanted 64"),
            (format!("{digits}  B.zip"), "`B.zip`"),
        ] {
            let error = Checksum::read(text.as_bytes(), "A.zip").unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        assert!(Checksum::read(&[0xFF; 200], "A.zip").is_err());
    }
}
