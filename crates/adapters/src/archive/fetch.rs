//! Downloading: [`Archive`].

mod part;
mod request;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Client, Url};

use super::checksum::Checksum;
use super::{ArchiveFile, FetchError};
use part::Part;
use request::{Answer, Failure};

/// Longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// How files are downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveConfig {
    /// The archive's address. `https://data.binance.vision` is the exchange's own.
    pub base: String,
    /// How often one file is asked for. 6.
    pub tries_max: u32,
    /// Wait before the second try; doubled each time, a minute at most. 1 s.
    pub wait_first: Duration,
    /// A server that says nothing for so long is asked again. 30 s.
    pub silence_max: Duration,
}

impl ArchiveConfig {
    /// Returns the defaults for an address.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            tries_max: 6,
            wait_first: Duration::from_secs(1),
            silence_max: Duration::from_secs(30),
        }
    }
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was there already, with the right checksum.
    Had,
    /// It was downloaded.
    Downloaded,
    /// The archive has none.
    Missing,
}

/// What became of a file, with numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What.
    pub outcome: Outcome,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size; 0 if it is missing.
    pub bytes: u64,
    /// How many of its bytes an earlier, interrupted run had left.
    pub resumed_from: u64,
    /// How often it was asked for.
    pub tries: u32,
    /// A file of the same name with another checksum lay there: the archive was corrected, or the file was damaged.
    pub replaced: bool,
}

/// What is told while a file comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// So many bytes of it are here.
    Here {
        /// So many.
        bytes: u64,
        /// Of so many, if the server said.
        of: Option<u64>,
    },
    /// A try failed, the next comes after a wait.
    Waiting {
        /// Why it failed.
        why: String,
        /// How long.
        wait: Duration,
    },
}

/// An archive.
#[derive(Debug)]
pub struct Archive {
    client: Client,
    base: Url,
    config: ArchiveConfig,
}

impl Archive {
    /// Returns the archive at an address.
    ///
    /// # Errors
    /// `FetchError::Address` if it is none, or would be reached without encryption beyond this machine.
    pub fn new(config: ArchiveConfig) -> Result<Self, FetchError> {
        let (client, base) = request::client(&config)?;
        Ok(Self { client, base, config })
    }

    /// Downloads a file into a folder. Its name appears there once it is whole and its checksum right; until then it
    /// grows under a hidden name, and is gone on with after an interruption.
    ///
    /// # Errors
    /// `FetchError` if the server does not give it, or what it gives is not what its checksum says.
    pub async fn fetch(
        &self,
        file: &ArchiveFile,
        folder: &Path,
        told: &mut dyn FnMut(Told),
    ) -> Result<Fetched, FetchError> {
        let path = folder.join(file.name());
        let mut tries = Tries { made: 0, config: &self.config };
        let Some(wanted) = self.checksum(file, &mut tries, told).await? else {
            return Ok(missing(path, tries.made));
        };
        fs::create_dir_all(folder).map_err(|source| io_error(folder, source))?;
        let there = path.try_exists().map_err(|source| io_error(&path, source))?;
        if there && checksum_of(&path)? == wanted {
            let bytes = fs::metadata(&path).map_err(|source| io_error(&path, source))?.len();
            let (outcome, resumed_from, tries) = (Outcome::Had, 0, 0);
            return Ok(Fetched { outcome, path, bytes, resumed_from, tries, replaced: false });
        }
        let mut part = Part::open(folder, &file.name())?;
        let resumed_from = part.len();
        let mut tries = Tries { made: 0, config: &self.config };
        let whole = self.whole(file, (&mut part, &wanted), &mut tries, told).await?;
        if !whole {
            part.throw_away()?;
            return Ok(missing(path, tries.made));
        }
        let bytes = part.len();
        part.become_file(&path)?;
        let (outcome, tries) = (Outcome::Downloaded, tries.made);
        Ok(Fetched { outcome, path, bytes, resumed_from, tries, replaced: there })
    }

    /// Asks for the checksum; `None` if the archive has no such file.
    async fn checksum(
        &self,
        file: &ArchiveFile,
        tries: &mut Tries<'_>,
        told: &mut dyn FnMut(Told),
    ) -> Result<Option<Checksum>, FetchError> {
        let url = self.url(&format!("{}.CHECKSUM", file.path()));
        loop {
            match request::small(&self.client, &url).await {
                Ok(Some(text)) => {
                    return Checksum::read(&text, &file.name())
                        .map(Some)
                        .map_err(|source| FetchError::Checksum { url: url.to_string(), source });
                }
                Ok(None) => return Ok(None),
                Err(failure) => tries.again(&url, failure, told).await?,
            }
        }
    }

    /// Brings the part to the whole file; false if the archive has none.
    async fn whole(
        &self,
        file: &ArchiveFile,
        (part, wanted): (&mut Part, &Checksum),
        tries: &mut Tries<'_>,
        told: &mut dyn FnMut(Told),
    ) -> Result<bool, FetchError> {
        let url = self.url(&file.path());
        let mut mismatches = 0;
        loop {
            let resumed = part.len() > 0;
            let answer = request::rest_of(&self.client, &url, part, told).await;
            match answer {
                Ok(Answer::Missing) => return Ok(false),
                Ok(Answer::Whole) => {}
                Err(Failure::Local(error)) => return Err(error),
                Err(failure @ (Failure::Passing { .. } | Failure::Final { .. })) => {
                    tries.again(&url, failure, told).await?;
                    continue;
                }
            }
            let seen = checksum_of(part.path())?;
            if seen == *wanted {
                tries.made += 1;
                return Ok(true);
            }
            // What was resumed may have been the beginning of an older file: once more, from the start.
            part.restart()?;
            mismatches += u32::from(!resumed);
            if mismatches > 1 {
                part.throw_away()?;
                let (seen, wanted) = (seen.as_str().to_owned(), wanted.as_str().to_owned());
                return Err(FetchError::Mismatch { url: url.to_string(), seen, wanted });
            }
            let why = format!("checksum {} instead of {}", seen.as_str(), wanted.as_str());
            tries.again(&url, Failure::Passing { why, wait: None }, told).await?;
        }
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    }
}

/// How often one thing was asked for.
struct Tries<'a> {
    made: u32,
    config: &'a ArchiveConfig,
}

impl Tries<'_> {
    /// Waits for the next try, or gives up.
    async fn again(
        &mut self,
        url: &Url,
        failure: Failure,
        told: &mut dyn FnMut(Told),
    ) -> Result<(), FetchError> {
        self.made += 1;
        let (why, wait) = match failure {
            Failure::Passing { why, wait } => (why, wait),
            Failure::Final { status } => {
                return Err(FetchError::Refused { url: url.to_string(), status });
            }
            Failure::Local(error) => return Err(error),
        };
        if self.made >= self.config.tries_max {
            return Err(FetchError::Unavailable { url: url.to_string(), why, tries: self.made });
        }
        let doubled = self.config.wait_first.saturating_mul(1 << (self.made - 1).min(16));
        let wait = wait.unwrap_or(doubled).min(WAIT_MAX);
        told(Told::Waiting { why, wait });
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

fn missing(path: PathBuf, tries: u32) -> Fetched {
    let (outcome, bytes) = (Outcome::Missing, 0);
    Fetched { outcome, path, bytes, resumed_from: 0, tries, replaced: false }
}

fn checksum_of(path: &Path) -> Result<Checksum, FetchError> {
    Checksum::of(path).map_err(|source| io_error(path, source))
}

fn io_error(path: &Path, source: std::io::Error) -> FetchError {
    FetchError::Io { path: path.to_owned(), source }
}
