//! Git's pkt-line framing.

/// One packet: a line of bytes, or a flush.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Packet {
    Line(Vec<u8>),
    Flush,
}

/// Reads packets as far as they go; the rest (a pack) is returned beside them.
/// With `until_flush` it stops after the first flush.
pub(super) fn read(mut bytes: &[u8], until_flush: bool) -> (Vec<Packet>, &[u8]) {
    let mut packets = Vec::new();
    while let Some(length) = bytes.get(..4).and_then(length_of) {
        if length < 4 {
            packets.push(Packet::Flush);
            bytes = &bytes[4..];
            if until_flush {
                break;
            }
        } else {
            let Some(line) = bytes.get(4..length) else { break };
            packets.push(Packet::Line(line.to_owned()));
            bytes = &bytes[length..];
        }
    }
    (packets, bytes)
}

fn length_of(digits: &[u8]) -> Option<usize> {
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Frames one line.
pub(super) fn line(payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{:04x}", payload.len() + 4).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// Frames packets again.
pub(super) fn write(packets: &[Packet]) -> Vec<u8> {
    let framed = packets.iter().map(|packet| match packet {
        Packet::Line(payload) => line(payload),
        Packet::Flush => b"0000".to_vec(),
    });
    framed.flatten().collect()
}
