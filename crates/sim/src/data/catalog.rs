//! [`Catalog`]: finds the files of each series, and opens them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use types::ids::Symbol;
use types::market::Timeframe;

use super::DataError;
use super::feed::Feed;
use super::funding::{FundingRate, read_funding};
use super::mark::MarkReader;
use super::name::{FileName, Kind};
use super::pair::PairReader;
use super::probe::Probe;
use super::quality::{Quality, TimeframeFrom};
use super::reader::{BarReader, RowSource};

/// The files of a series, in time order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// Traded prices, or both sides of quotes in each file.
    Klines(Vec<PathBuf>),
    /// One file for each side of quotes.
    Sides {
        /// Bid prices.
        bid: Vec<PathBuf>,
        /// Ask prices.
        ask: Vec<PathBuf>,
    },
}

/// One symbol on its native timeframe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// What is traded.
    pub symbol: Symbol,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// How the length was told.
    pub timeframe_from: TimeframeFrom,
    /// A file's name says that the prices are made up.
    pub simulated: bool,
    /// Where the bars are.
    pub files: Files,
}

impl Series {
    /// Opens the series.
    #[must_use]
    pub fn open(&self) -> Box<dyn RowSource> {
        match &self.files {
            Files::Klines(files) => Box::new(BarReader::new(files.clone(), self.blank())),
            Files::Sides { bid, ask } => {
                Box::new(PairReader::new(bid.clone(), ask.clone(), self.blank()))
            }
        }
    }

    fn blank(&self) -> Quality {
        let mut quality = Quality::new(self.symbol.clone(), self.timeframe, self.timeframe_from);
        quality.simulated = self.simulated;
        quality
    }
}

/// A file of the folder that holds no bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub file: PathBuf,
    /// Why it was left alone.
    pub why: String,
}

/// The series of some files and folders, and what belongs beside them.
///
/// The order in which files are given, or stand in a folder, changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    series: BTreeMap<(Symbol, Timeframe), Series>,
    marks: BTreeMap<Symbol, Series>,
    funding: BTreeMap<Symbol, Vec<PathBuf>>,
    skipped: Vec<Skipped>,
}

/// A data file with what its name and first rows tell.
struct Found {
    name: FileName,
    probe: Probe,
    symbol: Symbol,
}

impl Catalog {
    /// Finds the series of files and folders (not of folders inside them). `symbol` names what is
    /// in files whose names don't.
    ///
    /// # Errors
    /// `DataError` naming the file: see its variants.
    pub fn open(paths: &[PathBuf], symbol: Option<&Symbol>) -> Result<Self, DataError> {
        let mut catalog = Self::default();
        let mut found = Vec::new();
        for path in paths {
            if path.is_dir() {
                catalog.look_through(path, symbol, &mut found)?;
            } else {
                catalog.look_at(path, symbol, &mut found)?;
            }
        }
        if found.is_empty() {
            return Err(no_files(paths, &catalog.skipped));
        }
        catalog.sort_in(found)?;
        Ok(catalog)
    }

    /// Returns the series, by symbol, then from short to long bars.
    pub fn series(&self) -> impl Iterator<Item = &Series> {
        self.series.values()
    }

    /// Returns the data files that hold no bars and were left alone.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Puts all series on one clock.
    ///
    /// # Errors
    /// `TimeframesDiffer` if their bars are of different lengths.
    pub fn feed(&self) -> Result<Feed, DataError> {
        Feed::new(self.series().map(Series::open).collect())
    }

    /// Adds the mark prices and funding rates that lie where the archives put them: in the folders
    /// `<timeframe>-mark` and `funding` beside the folder of the series. Absent folders are not
    /// errors: [`marks`](Self::marks) and [`funding`](Self::funding) then say `None`.
    ///
    /// # Errors
    /// `DataError` of a folder that is there and cannot be used.
    pub fn add_siblings(&mut self) -> Result<(), DataError> {
        let mut folders = std::collections::BTreeSet::new();
        for series in self.series.values() {
            let (Files::Klines(files) | Files::Sides { bid: files, .. }) = &series.files;
            let above = files.first().and_then(|file| file.parent()).map(|folder| {
                if folder.as_os_str().is_empty() {
                    Path::new("..").into()
                } else {
                    folder.join("..")
                }
            });
            if let Some(above) = above {
                folders.insert(above.join(format!("{}-mark", series.timeframe)));
                folders.insert(above.join("funding"));
            }
        }
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            self.add_perpetual(folder)?;
        }
        Ok(())
    }

    /// Adds the mark prices and funding rates of a file or folder; what it holds of other symbols
    /// is left alone.
    ///
    /// # Errors
    /// `DataError` naming the file.
    pub fn add_perpetual(&mut self, path: &Path) -> Result<(), DataError> {
        let beside = Self::open_any(path)?;
        for (symbol, marks) in beside.marks {
            if self.series.keys().any(|(wanted, _)| *wanted == symbol) {
                self.marks.insert(symbol, marks);
            }
        }
        for (symbol, funding) in beside.funding {
            if self.series.keys().any(|(wanted, _)| *wanted == symbol) {
                self.funding.insert(symbol, funding);
            }
        }
        Ok(())
    }

    fn open_any(path: &Path) -> Result<Self, DataError> {
        let mut catalog = Self::default();
        let mut found = Vec::new();
        if path.is_dir() {
            catalog.look_through(path, None, &mut found)?;
        } else {
            catalog.look_at(path, None, &mut found)?;
        }
        if found.is_empty() && catalog.funding.is_empty() {
            return Err(no_files(&[path.to_owned()], &catalog.skipped));
        }
        catalog.sort_in(found)?;
        Ok(catalog)
    }

    /// Returns the mark prices of a symbol, `None` if there are none.
    #[must_use]
    pub fn marks(&self, symbol: &Symbol) -> Option<MarkReader> {
        let series = self.marks.get(symbol)?;
        let (Files::Klines(files) | Files::Sides { bid: files, .. }) = &series.files;
        Some(MarkReader::new(BarReader::new(files.clone(), series.blank())))
    }

    /// Returns the funding rates of a symbol in time order, `None` if there are none.
    ///
    /// # Errors
    /// `DataError` of the first line that is wrong.
    pub fn funding(&self, symbol: &Symbol) -> Result<Option<Vec<FundingRate>>, DataError> {
        self.funding.get(symbol).map(|files| read_funding(files)).transpose()
    }

    fn look_through(
        &mut self,
        folder: &Path,
        symbol: Option<&Symbol>,
        found: &mut Vec<Found>,
    ) -> Result<(), DataError> {
        let error = |source| DataError::io(folder, source);
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(error)? {
            let path = entry.map_err(error)?.path();
            if FileName::is_data(&path) && !path.is_dir() {
                files.push(path);
            }
        }
        // The order of a folder is the file system's.
        files.sort();
        for file in files {
            match self.look_at(&file, symbol, found) {
                // Its first column is no `open_time`: trades, quotes, a book.
                Err(error @ DataError::Header { column: 1, .. }) => {
                    self.skipped.push(Skipped { file, why: error.to_string() });
                }
                other => other?,
            }
        }
        Ok(())
    }

    fn look_at(
        &mut self,
        path: &Path,
        symbol: Option<&Symbol>,
        found: &mut Vec<Found>,
    ) -> Result<(), DataError> {
        let name = FileName::of(path);
        let named = symbol.cloned().or_else(|| name.symbol.clone());
        if name.kind == Kind::Funding {
            let symbol = named.ok_or_else(|| DataError::SymbolUnknown(path.to_owned()))?;
            self.funding.entry(symbol).or_default().push(path.to_owned());
            return Ok(());
        }
        let probe = Probe::of(path, &name)?;
        let symbol = named.ok_or_else(|| DataError::SymbolUnknown(path.to_owned()))?;
        found.push(Found { name, probe, symbol });
        Ok(())
    }

    /// Sorts files by time into their series.
    fn sort_in(&mut self, mut found: Vec<Found>) -> Result<(), DataError> {
        found.sort_by(|a, b| (a.probe.first, &a.probe.path).cmp(&(b.probe.first, &b.probe.path)));
        found.dedup_by(|a, b| a.probe.path == b.probe.path);
        let mut groups: BTreeMap<(Symbol, Timeframe, bool), Vec<Found>> = BTreeMap::new();
        for file in found {
            let mark = file.name.kind == Kind::Mark;
            let key = (file.symbol.clone(), file.probe.timeframe, mark);
            groups.entry(key).or_default().push(file);
        }
        for ((symbol, timeframe, mark), group) in groups {
            let series = Series {
                timeframe_from: group[0].probe.timeframe_from,
                simulated: group.iter().any(|file| file.name.simulated),
                files: files_of(&symbol, group)?,
                symbol: symbol.clone(),
                timeframe,
            };
            if mark {
                self.marks.insert(symbol, series);
            } else {
                self.series.insert((symbol, timeframe), series);
            }
        }
        Ok(())
    }
}

/// Puts the files of one series into their sides.
fn files_of(symbol: &Symbol, group: Vec<Found>) -> Result<Files, DataError> {
    let (mut klines, mut bid, mut ask) = (Vec::new(), Vec::new(), Vec::new());
    for file in group {
        let side = match file.name.kind {
            Kind::Bid => &mut bid,
            Kind::Ask => &mut ask,
            Kind::Klines | Kind::Mark | Kind::Funding => &mut klines,
        };
        side.push(file.probe.path);
    }
    match (klines.len(), bid.len(), ask.len()) {
        (_, 0, 0) => Ok(Files::Klines(klines)),
        (0, 1.., 1..) => Ok(Files::Sides { bid, ask }),
        (traded, bids, asks) => Err(DataError::Sides {
            symbol: symbol.clone(),
            seen: format!("{bids} -bid- files, {asks} -ask- files, {traded} others"),
        }),
    }
}

/// Says what is in a place without kline files.
fn no_files(paths: &[PathBuf], skipped: &[Skipped]) -> DataError {
    let folder = paths.first().cloned().unwrap_or_default();
    if let Some(other) = skipped.first() {
        let seen = format!("{} other files, the first: {}", skipped.len(), other.why);
        return DataError::NoFiles { folder, seen, hint: String::new() };
    }
    let mut inside: Vec<String> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    inside.sort();
    let hint = if inside.is_empty() {
        String::new()
    } else {
        format!("; name one of its folders: {}", inside.join(", "))
    };
    DataError::NoFiles { folder, seen: "no data file".to_owned(), hint }
}
