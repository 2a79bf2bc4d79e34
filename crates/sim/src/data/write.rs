//! [`KlineWriter`]: bars as a 12-column kline file, and [`convert`], which copies a series.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use types::bar::Bar;
use types::ids::Symbol;
use types::market::Timeframe;

use super::aggregate::Aggregator;
use super::error::DataError;
use super::name::FileName;
use super::reader::RowSource;

/// The header that is written; columns 8 to 12 stay empty, as we don't know them.
const HEADER: &[u8] = b"open_time,open,high,low,close,volume,close_time,quote_volume,trades,\
                        taker_buy_base,taker_buy_quote,ignore\n";
/// Bytes gathered before they are written.
const CHUNK: usize = 64 * 1024;
/// zstd's own default level.
const ZSTD_LEVEL: i32 = 3;

/// How a file is packed.
enum Packing {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<File>>),
}

impl Packing {
    /// Packs as the name's ending says.
    fn of(path: &Path, file: File) -> io::Result<Self> {
        let file = BufWriter::with_capacity(CHUNK, file);
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Ok(Self::Gzip(GzEncoder::new(file, flate2::Compression::default()))),
            Some("zst") => zstd::stream::write::Encoder::new(file, ZSTD_LEVEL).map(Self::Zstd),
            Some(_) | None => Ok(Self::Plain(file)),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.write_all(bytes),
            Self::Gzip(file) => file.write_all(bytes),
            Self::Zstd(file) => file.write_all(bytes),
        }
    }

    /// Ends the packing and has the disk keep it.
    fn finish(self) -> io::Result<()> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Gzip(file) => file.finish()?,
            Self::Zstd(file) => file.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Writes bars as a 12-column kline file with a header, times in milliseconds.
///
/// The ending of the name says how: `.gz`, `.zst`, else plain. The file appears under its name when
/// it is whole; until then it is `.NAME.partial` beside it, removed if the writer is dropped.
pub struct KlineWriter {
    packing: Option<Packing>,
    partial: PathBuf,
    path: PathBuf,
    timeframe: Timeframe,
    line: Vec<u8>,
}

impl KlineWriter {
    /// Begins a file.
    ///
    /// # Errors
    /// `Io`; `Ending` for a name that ends in `.zip`.
    pub fn create(path: &Path, timeframe: Timeframe) -> Result<Self, DataError> {
        let Some(name) = path.file_name() else {
            return Err(DataError::Ending(path.to_owned()));
        };
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
            return Err(DataError::Ending(path.to_owned()));
        }
        let partial = path.with_file_name(format!(".{}.partial", name.to_string_lossy()));
        let create = || {
            let mut packing = Packing::of(path, File::create(&partial)?)?;
            packing.write(HEADER)?;
            Ok(packing)
        };
        let packing = create().map_err(|error| DataError::io(&partial, error))?;
        let (path, line) = (path.to_owned(), Vec::with_capacity(160));
        Ok(Self { packing: Some(packing), partial, path, timeframe, line })
    }

    /// Appends a bar.
    ///
    /// # Errors
    /// `Io`.
    pub fn write(&mut self, bar: &Bar) -> Result<(), DataError> {
        self.line.clear();
        let close_time = bar.close_time(self.timeframe).as_millis() - 1;
        let Bar { open, high, low, close, .. } = bar;
        let open_time = bar.open_time.as_millis();
        let mut fill = || {
            write!(self.line, "{open_time},{open},{high},{low},{close},")?;
            if let Some(volume) = bar.volume {
                write!(self.line, "{volume}")?;
            }
            writeln!(self.line, ",{close_time},,,,,")?;
            match &mut self.packing {
                Some(packing) => packing.write(&self.line),
                None => Ok(()),
            }
        };
        fill().map_err(|error| DataError::io(&self.partial, error))
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// `Io`; nothing stands under the name then.
    pub fn finish(mut self) -> Result<(), DataError> {
        if let Some(packing) = self.packing.take() {
            packing
                .finish()
                .and_then(|()| fs::rename(&self.partial, &self.path))
                .map_err(|error| DataError::io(&self.path, error))?;
        }
        self.partial = PathBuf::new();
        Ok(())
    }
}

impl Drop for KlineWriter {
    fn drop(&mut self) {
        if !self.partial.as_os_str().is_empty() {
            // Nobody is left to hear of a failure; the name says that the file is not whole.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Returns the name of a file of made-up bars: the 12 columns have no place that could say so.
#[must_use]
pub fn simulated_name(symbol: &Symbol, timeframe: Timeframe, seed: u64, ending: &str) -> String {
    format!("{symbol}-{timeframe}-simulated-seed{seed}.{ending}")
}

/// Copies a series into a kline file, as it is or aggregated to a coarser timeframe; returns the
/// number of bars written. Of quotes, the mid prices are written: the columns have no place for
/// the spread. A last window that the series doesn't fill to its end is not written.
///
/// # Errors
/// `DataError` of source or file; `FinerThanData`; `Unmarked` if the bars are made up and the
/// file's name doesn't say so.
pub fn convert(
    source: &mut dyn RowSource,
    to: Option<Timeframe>,
    path: &Path,
) -> Result<u64, DataError> {
    let native = source.quality().timeframe;
    let timeframe = to.unwrap_or(native);
    if source.quality().simulated && !FileName::of(path).simulated {
        return Err(DataError::Unmarked(path.to_owned()));
    }
    let mut aggregator = Aggregator::new(native, &[timeframe])?;
    let mut writer = KlineWriter::create(path, timeframe)?;
    let mut closed = Vec::new();
    let mut bars = 0;
    while let Some(row) = source.next_row()? {
        closed.clear();
        aggregator.push(&row.bar, &mut closed);
        for (_, bar) in &closed {
            writer.write(bar)?;
            bars += 1;
        }
    }
    writer.finish()?;
    Ok(bars)
}
