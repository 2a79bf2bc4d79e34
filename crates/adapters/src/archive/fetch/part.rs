//! A file that is not whole yet: [`Part`].

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::io_error;
use crate::archive::FetchError;

/// What has come of a file, under a hidden name that no reader takes for data.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    file: File,
    len: u64,
}

impl Part {
    /// Opens what an earlier run left, or starts.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Self, FetchError> {
        let path = folder.join(format!(".{name}.part"));
        let opened = OpenOptions::new().append(true).create(true).open(&path);
        let file = opened.map_err(|source| io_error(&path, source))?;
        let len = file.metadata().map_err(|source| io_error(&path, source))?.len();
        Ok(Self { path, file, len })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file.write_all(bytes).map_err(|source| io_error(&self.path, source))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Forgets what has come.
    pub(super) fn restart(&mut self) -> Result<(), FetchError> {
        self.file.set_len(0).map_err(|source| io_error(&self.path, source))?;
        self.len = 0;
        Ok(())
    }

    pub(super) fn throw_away(&mut self) -> Result<(), FetchError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(io_error(&self.path, error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Takes its place under the file's name: on disk first, then named, then the name on disk.
    pub(super) fn become_file(self, path: &Path) -> Result<(), FetchError> {
        self.file.sync_all().map_err(|source| io_error(&self.path, source))?;
        fs::rename(&self.path, path).map_err(|source| io_error(path, source))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|source| io_error(folder, source))
    }
}
