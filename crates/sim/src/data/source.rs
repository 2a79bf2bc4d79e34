//! Opens a file as a stream of its plain bytes: as it is, gzip, zip or zstd.
//!
//! What a file is, its first bytes say; its name is not asked. Nothing is read whole into memory.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::Crc;
use flate2::bufread::MultiGzDecoder;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::DataError;

/// Compressed bytes fetched at once: large enough that system calls vanish in the decoding.
const CHUNK: usize = 64 * 1024;

/// Opens a file, decoding it if its first bytes say so.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read + Send>, DataError> {
    let mut file = File::open(path).map_err(|error| DataError::io(path, error))?;
    let mut magic = [0_u8; 4];
    let seen = fill(&mut file, &mut magic).map_err(|error| DataError::io(path, error))?;
    let magic = magic.get(..seen).unwrap_or_default();
    if magic.starts_with(b"PK") {
        return open_zip(path, file);
    }
    let whole = Cursor::new(magic.to_vec()).chain(file);
    if magic.starts_with(&[0x1f, 0x8b]) {
        let buffered = io::BufReader::with_capacity(CHUNK, whole);
        return Ok(Box::new(MultiGzDecoder::new(buffered)));
    }
    if magic == [0x28, 0xb5, 0x2f, 0xfd] {
        let decoder =
            zstd::stream::read::Decoder::new(whole).map_err(|error| DataError::io(path, error))?;
        return Ok(Box::new(decoder));
    }
    Ok(Box::new(whole))
}

/// Reads until the buffer is full or the file ends; returns how many bytes came.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut seen = 0;
    while seen < buffer.len() {
        match file.read(&mut buffer[seen..])? {
            0 => break,
            more => seen += more,
        }
    }
    Ok(seen)
}

/// Opens the one CSV file of an archive.
fn open_zip(path: &Path, file: File) -> Result<Box<dyn Read + Send>, DataError> {
    let damaged = |error: zip::result::ZipError| DataError::Archive {
        file: path.to_owned(),
        seen: format!("no readable directory ({error})"),
    };
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let index = only_csv(path, &archive)?;
    let entry = archive.by_index_raw(index).map_err(damaged)?;
    let (method, crc, size) = (entry.compression(), entry.crc32(), entry.size());
    let packed_size = entry.compressed_size();
    let start = entry.data_start().ok_or_else(|| DataError::Archive {
        file: path.to_owned(),
        seen: "a .csv file of unknown place".to_owned(),
    })?;
    let encrypted = entry.encrypted();
    drop(entry);
    let mut file = archive.into_inner();
    file.seek(SeekFrom::Start(start)).map_err(|error| DataError::io(path, error))?;
    let packed = io::BufReader::with_capacity(CHUNK, file).take(packed_size);
    let plain: Box<dyn Read + Send> = if !encrypted && method == CompressionMethod::Deflated {
        Box::new(DeflateDecoder::new(packed))
    } else if !encrypted && method == CompressionMethod::Stored {
        Box::new(packed)
    } else {
        let lock = if encrypted { ", encrypted" } else { "" };
        let seen = format!("a .csv file packed with {method:?}{lock}");
        return Err(DataError::Archive { file: path.to_owned(), seen });
    };
    Ok(Box::new(Checked { plain, crc: Crc::new(), wanted: crc, left: size }))
}

/// Returns the place of the archive's one CSV file.
fn only_csv(path: &Path, archive: &ZipArchive<File>) -> Result<usize, DataError> {
    let refuse = |seen| DataError::Archive { file: path.to_owned(), seen };
    let is_csv = |name: &str| {
        let ending = name.len().saturating_sub(4);
        name.as_bytes()[ending..].eq_ignore_ascii_case(b".csv") && !name.starts_with("__MACOSX/")
    };
    let names: Vec<String> = archive
        .file_names()
        .filter_map(|name| name.ok().map(|name| name.into_owned()))
        .filter(|name| is_csv(name))
        .collect();
    match names.as_slice() {
        [name] => archive.index_for_name(name).ok_or_else(|| refuse("a nameless file".to_owned())),
        [] => Err(refuse("no .csv file".to_owned())),
        [first, second] => Err(refuse(format!("`{first}` and `{second}`"))),
        [first, second, rest @ ..] => {
            Err(refuse(format!("`{first}`, `{second}` and {} more", rest.len())))
        }
    }
}

/// Plain bytes of an archive's file, with its length and checksum compared at the end.
struct Checked {
    plain: Box<dyn Read + Send>,
    crc: Crc,
    wanted: u32,
    left: u64,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.plain.read(buffer)?;
        if count > 0 {
            self.crc.update(&buffer[..count]);
            let count_64 = count as u64;
            self.left = self.left.checked_sub(count_64).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "longer than the archive says")
            })?;
        } else if !buffer.is_empty() && (self.left != 0 || self.crc.sum() != self.wanted) {
            let message = "length or checksum differs from what the archive says";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(count)
    }
}
