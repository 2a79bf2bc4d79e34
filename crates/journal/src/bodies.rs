//! `Bodies`: what is too large for an entry, kept beside the journal by its hash.
//!
//! `bodies/<first 2 hex>/<64 hex>`: the name is the SHA-256 of the bytes. An entry holds the hash, so a
//! body is as certain as the entry. It is made durable before the entry that names it is appended.

use std::io;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::disk::{Access, Disk, DiskFile, read_sound};
use crate::tree::Hash;

/// Read at once.
const CHUNK_BYTES: usize = 256 << 10;

/// The bodies of a journal's folder.
#[derive(Clone, Debug)]
pub struct Bodies {
    disk: Arc<dyn Disk>,
}

/// A body that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is not there.
    #[error("saw no body {0}: restore {path} from a backup", path = path(.0))]
    Absent(Hash),
    /// The bytes are not those that the name says.
    #[error("saw bytes with the hash {saw} in {path}, wanted those of its name", path = path(.wanted))]
    Damaged {
        /// The hash of the bytes.
        saw: Hash,
        /// The hash that was asked for.
        wanted: Hash,
    },
    /// The disk failed.
    #[error("the disk failed at body {0}")]
    Disk(Hash, #[source] io::Error),
}

impl Bodies {
    /// Takes the folder of a journal.
    pub fn new(disk: Arc<dyn Disk>) -> Bodies {
        Bodies { disk }
    }

    /// Makes a body durable and returns its hash. One that is there already is kept, or mended if its
    /// bytes are not those of its name.
    ///
    /// # Errors
    /// What the disk says.
    pub fn put(&self, bytes: &[u8]) -> io::Result<Hash> {
        let hash = Hash::of(bytes);
        let path = path(&hash);
        let sound = match self.disk.open(&path, Access::Read) {
            Ok(file) => hash_of(&*file)? == hash,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if !sound {
            self.write(&path, bytes)?;
        }
        // Whoever made it may have stopped before its name was durable.
        for folder in [folder(&hash).as_str(), "bodies", ""] {
            self.disk.sync_dir(folder)?;
        }
        Ok(hash)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        if let Some((folder, _)) = path.rsplit_once('/') {
            self.disk.make_dir(folder)?;
        }
        let unfinished = format!("{path}.new");
        let file = match self.disk.create(&unfinished) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.disk.remove(&unfinished)?;
                self.disk.create(&unfinished)?
            }
            created => created?,
        };
        let written = file.write_at(0, bytes).and_then(|()| file.sync());
        match written {
            Ok(()) => self.disk.rename(&unfinished, path),
            Err(error) => {
                // What is left of it would be found as a file that belongs to nothing.
                let _ = self.disk.remove(&unfinished);
                Err(error)
            }
        }
    }

    /// Reads a body and checks it.
    ///
    /// # Errors
    /// If it is absent or damaged, or the disk fails.
    pub fn get(&self, hash: Hash) -> Result<Vec<u8>, BodyError> {
        let read = || -> io::Result<Vec<u8>> {
            let file = self.disk.open(&path(&hash), Access::Read)?;
            let len = usize::try_from(file.len()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
            read_sound(&*file, len, |bytes| Hash::of(bytes) == hash)
        };
        let bytes = match read() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BodyError::Absent(hash));
            }
            Err(error) => return Err(BodyError::Disk(hash, error)),
        };
        let saw = Hash::of(&bytes);
        if saw == hash { Ok(bytes) } else { Err(BodyError::Damaged { saw, wanted: hash }) }
    }
}

fn folder(hash: &Hash) -> String {
    format!("bodies/{:02x}", hash.0[0])
}

/// Returns the path of a body.
pub(crate) fn path(hash: &Hash) -> String {
    format!("{}/{hash}", folder(hash))
}

/// Returns the SHA-256 of a file's bytes, in pieces.
pub(crate) fn hash_of(file: &dyn DiskFile) -> io::Result<Hash> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut offset = 0;
    loop {
        match file.read_some_at(offset, &mut chunk) {
            Ok(0) => return Ok(Hash(hasher.finalize().into())),
            Ok(count) => {
                hasher.update(&chunk[..count]);
                offset += crate::window::as_u64(count);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Fault, TestDisk, Times};

    fn bodies() -> (TestDisk, Bodies) {
        let disk = TestDisk::new(1);
        (disk.clone(), Bodies::new(Arc::new(disk)))
    }

    #[test]
    fn a_body_lies_under_its_hash_and_comes_back() {
        let (disk, bodies) = bodies();
        let large = vec![3; CHUNK_BYTES + 1];
        for body in [&b"history"[..], b"", &large] {
            let hash = bodies.put(body).unwrap();
            assert_eq!(bodies.put(body).unwrap(), hash, "once more");
            assert_eq!(bodies.get(hash).unwrap(), body);
            assert_eq!(hash_of(&*disk.open(&path(&hash), Access::Read).unwrap()).unwrap(), hash);
        }
        let hash = Hash::of(b"history").to_string();
        assert!(disk.files().contains(&format!("bodies/{}/{hash}", &hash[..2])));
        assert_eq!(disk.files().len(), 3);
    }

    #[test]
    fn absent_and_damaged_bodies_are_errors() {
        let (disk, bodies) = bodies();
        assert!(matches!(bodies.get(Hash([1; 32])), Err(BodyError::Absent(_))));
        let hash = bodies.put(b"history").unwrap();
        disk.flip_bit(&path(&hash), 5).unwrap();
        assert!(
            matches!(bodies.get(hash), Err(BodyError::Damaged { wanted, .. }) if wanted == hash)
        );
        bodies.put(b"history").unwrap();
        assert_eq!(bodies.get(hash).unwrap(), b"history", "mended");
    }

    #[test]
    fn what_was_put_survives_a_crash_at_any_operation() {
        for seed in 0..100 {
            let (disk, bodies) = bodies();
            disk.fail_at(seed % 14, Fault::PowerCut, Times::Once);
            let put = bodies.put(b"history");
            disk.crash(seed);
            disk.heal();
            if let Ok(hash) = put {
                assert_eq!(bodies.get(hash).unwrap(), b"history", "seed {seed}");
            }
            let hash = bodies.put(b"history").unwrap();
            assert_eq!(bodies.get(hash).unwrap(), b"history", "seed {seed}");
        }
    }

    #[test]
    fn a_full_disk_leaves_nothing_half_written() {
        let (disk, bodies) = bodies();
        disk.set_capacity(Some(10));
        assert!(bodies.put(&[1; 100]).is_err());
        assert_eq!(disk.files(), Vec::<String>::new());
        disk.set_capacity(None);
        bodies.put(&[1; 100]).unwrap();
    }
}
