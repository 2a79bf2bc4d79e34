//! What no honest client sends.

use futures_util::SinkExt;
use serde_json::json;
use servers::venue::socket::SocketLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use super::rig::Rig;

fn patient() -> SocketLimits {
    SocketLimits { messages_per_second: None, ..SocketLimits::streams() }
}

#[tokio::test]
async fn a_binary_frame_is_refused() {
    let rig = Rig::with(patient()).await;
    let mut client = rig.connect("/ws").await;
    client.socket.send(Message::Binary(vec![0; 9].into())).await.unwrap();
    assert_eq!(client.closed().await, Some((1003, "requests are text frames".to_owned())));
}

#[tokio::test]
async fn a_message_that_is_too_big_is_refused() {
    let rig = Rig::with(patient()).await;
    let mut client = rig.connect("/ws").await;
    // It may be cut while it is still being sent.
    let _ = client.socket.send(Message::text("x".repeat(1_000_000))).await;
    let closed = client.closed().await;
    assert!(closed.is_none_or(|closed| closed == (1009, "message too big".to_owned())));
    rig.connect("/ws").await;
}

#[tokio::test]
async fn deep_nesting_is_an_error_like_any_other() {
    let rig = Rig::with(patient()).await;
    let mut client = rig.connect("/ws").await;
    let deep = format!(r#"{{"method":"SUBSCRIBE","id":1,"params":{}"#, "[".repeat(60_000));
    assert_eq!(client.ask(&deep).await["code"], json!(3));
}

#[tokio::test]
async fn bytes_that_are_no_text_and_no_frames_are_refused() {
    let rig = Rig::with(patient()).await;
    let handshake = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    // A text frame (0x81), masked with zeros, of two bytes that are no UTF-8; an unmasked one; a
    // reserved opcode; a ping (0x89) of 126 bytes, one more than a control frame may have; noise.
    let mut long_ping = vec![0x89, 0xfe, 0, 126, 0, 0, 0, 0];
    long_ping.resize(8 + 126, b'x');
    let frames: [(&[u8], u16); 5] = [
        (&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], 1007),
        (&[0x81, 0x02, b'{', b'}'], 1002),
        (&[0x83, 0x80, 0, 0, 0, 0], 1002),
        (&long_ping, 1002),
        (&[0xff; 64], 1002),
    ];
    for (frame, code) in frames {
        let mut socket = tokio::net::TcpStream::connect(rig.address).await.unwrap();
        socket.write_all(handshake.as_bytes()).await.unwrap();
        socket.write_all(frame).await.unwrap();
        let mut seen = Vec::new();
        let read =
            tokio::time::timeout(std::time::Duration::from_secs(20), socket.read_to_end(&mut seen));
        read.await.expect("the venue hangs up").unwrap_or_default();
        let end = seen.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        // 0x88: a close frame, its length, its code.
        let closing = &seen[end..];
        assert_eq!(closing.first(), Some(&0x88), "{frame:?}: {closing:?}");
        assert_eq!(u16::from_be_bytes([closing[2], closing[3]]), code, "{frame:?}");
    }
    rig.connect("/ws").await;
}
