//! Lines of bounded length, read and written with patience that ends.

use std::time::Duration;

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
};
use tokio::time::timeout;

use super::words::{ANSWER_BYTES_MAX, Answer, Line, Said, VERSION};

/// How long the other side may take over its request, or over reading a line.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Reads a line without its end.
///
/// # Errors
/// Says in words that the line is too long, too slow or not whole.
pub(super) async fn read(
    reader: &mut (impl AsyncBufRead + Unpin),
    bytes_max: usize,
) -> Result<Vec<u8>, String> {
    let mut line = Vec::new();
    let limit = u64::try_from(bytes_max).expect("a small number") + 1;
    let mut limited = reader.take(limit);
    match timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await {
        Err(_) => return Err(format!("no whole line within {} s", PATIENCE.as_secs())),
        Ok(Err(error)) => return Err(error.to_string()),
        Ok(Ok(_)) => {}
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(line);
    }
    Err(if line.len() > bytes_max {
        format!("a line is longer than {bytes_max} bytes")
    } else {
        format!("the line ends after {} bytes, wanted a newline", line.len())
    })
}

/// Writes a line; returns whether somebody took it.
pub(super) async fn write(writer: &mut (impl AsyncWrite + Unpin), said: Said) -> bool {
    let bytes = encode(said);
    let writing = async {
        writer.write_all(&bytes).await?;
        writer.flush().await
    };
    matches!(timeout(PATIENCE, writing).await, Ok(Ok(())))
}

/// Returns a line with its end; one that would be too long says so instead.
pub(super) fn encode(said: Said) -> Vec<u8> {
    let line = |said| {
        let line = Line { v: VERSION, said };
        serde_json::to_vec(&line).expect("strings and numbers can be written as JSON")
    };
    let mut bytes = line(said);
    if bytes.len() > ANSWER_BYTES_MAX {
        let message = format!("the answer has {} bytes, more than {ANSWER_BYTES_MAX}", bytes.len());
        bytes = line(Said::Answer(Answer::Failed { message }));
    }
    bytes.push(b'\n');
    bytes
}
