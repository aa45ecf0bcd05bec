//! Content codings. What Nodes share is compressed once and put together with what is their own: a gzip body is one
//! member whose deflate blocks end on byte boundaries, a zstd body is a row of frames. Any decoder takes both.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::peer_list::Part;

/// What is compressed once for all may take longer than what is compressed for each pull.
const SHARED_ZSTD_LEVEL: i32 = 3;
const OWN_ZSTD_LEVEL: i32 = 1;
/// The head of a gzip member: deflate, no name, no time, unknown system.
const GZIP_HEAD: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// How a body is encoded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Coding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Coding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Zstd];

    /// As a header names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// A run of bytes, compressed so that it can stand anywhere in a body.
#[derive(Clone, Debug)]
pub struct Compressed {
    bytes: Bytes,
    checksum: crc32fast::Hasher,
    length: usize,
}

/// Bytes that many bodies share, with their compressed forms once somebody has asked for them.
#[derive(Debug)]
pub struct Chunk {
    plain: Bytes,
    gzip: OnceLock<Compressed>,
    zstd: OnceLock<Compressed>,
}

impl Chunk {
    /// A chunk of these bytes.
    pub fn new(plain: Bytes) -> Self {
        Self { plain, gzip: OnceLock::new(), zstd: OnceLock::new() }
    }

    /// Its bytes.
    pub fn plain(&self) -> &Bytes {
        &self.plain
    }

    fn form(&self, coding: Coding) -> Option<&OnceLock<Compressed>> {
        match coding {
            Coding::Identity => None,
            Coding::Gzip => Some(&self.gzip),
            Coding::Zstd => Some(&self.zstd),
        }
    }

    /// Makes the form in `coding`, if it is not there yet.
    ///
    /// # Errors
    /// When the compressor fails: no memory.
    pub fn compress(&self, coding: Coding) -> io::Result<()> {
        let Some(form) = self.form(coding).filter(|form| form.get().is_none()) else { return Ok(()) };
        let pieces = std::slice::from_ref(&self.plain);
        let made = compress(coding, pieces, Compression::default(), SHARED_ZSTD_LEVEL, false)?;
        // Somebody else may have made the same meanwhile.
        let _same = form.set(made);
        Ok(())
    }
}

fn compress(
    coding: Coding,
    pieces: &[Bytes],
    deflate_level: Compression,
    zstd_level: i32,
    last: bool,
) -> io::Result<Compressed> {
    let length = pieces.iter().map(Bytes::len).sum();
    let mut checksum = crc32fast::Hasher::new();
    let bytes = match coding {
        Coding::Identity => pieces.concat(),
        Coding::Gzip => {
            let mut encoder = DeflateEncoder::new(Vec::with_capacity(length / 2 + 64), deflate_level);
            for piece in pieces {
                checksum.update(piece);
                encoder.write_all(piece)?;
            }
            if last {
                encoder.finish()?
            } else {
                // Ends the block at a byte; the next one begins without a memory of this one.
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
        }
        Coding::Zstd => zstd::bulk::compress(&pieces.concat(), zstd_level)?,
    };
    Ok(Compressed { bytes: bytes.into(), checksum, length })
}

/// The bytes of a body, in pieces. `chunks` are the shared ones; they have the form that is asked for.
///
/// # Errors
/// When the compressor fails: no memory.
pub fn encode(coding: Coding, parts: Vec<Part>, chunks: &[Arc<Chunk>]) -> io::Result<Vec<Bytes>> {
    let mut pieces = Vec::with_capacity(parts.len() + 4);
    if coding == Coding::Identity {
        for part in parts {
            match part {
                Part::Shared(at) => pieces.extend(chunks.get(at).map(|chunk| chunk.plain.clone())),
                Part::Own(own) => pieces.extend(own),
            }
        }
        return Ok(pieces);
    }
    let mut checksum = crc32fast::Hasher::new();
    let mut length = 0_usize;
    if coding == Coding::Gzip {
        pieces.push(Bytes::from_static(GZIP_HEAD));
    }
    let last = parts.len().saturating_sub(1);
    for (at, part) in parts.iter().enumerate() {
        let anew;
        let compressed = match part {
            Part::Shared(at) => {
                let form = chunks.get(*at).and_then(|chunk| chunk.form(coding)).and_then(OnceLock::get);
                form.ok_or(io::ErrorKind::InvalidData)?
            }
            Part::Own(own) => {
                anew = compress(coding, own, Compression::fast(), OWN_ZSTD_LEVEL, at == last)?;
                &anew
            }
        };
        checksum.combine(&compressed.checksum);
        length += compressed.length;
        pieces.push(compressed.bytes.clone());
    }
    if coding == Coding::Gzip {
        // The format counts modulo 2^32.
        let end = [checksum.finalize().to_le_bytes(), (length as u32).to_le_bytes()].concat();
        pieces.push(end.into());
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::super::peer_list::tests::{identity, peers};
    use super::super::peer_list::{PeerList, parts};
    use super::*;
    use crate::ids::NodeId;

    pub fn decoded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        match coding {
            Coding::Identity => plain.extend_from_slice(bytes),
            // Takes one member only, and checks its checksum and length.
            Coding::Gzip => {
                let mut decoder = flate2::bufread::GzDecoder::new(bytes);
                decoder.read_to_end(&mut plain).unwrap();
                assert!(decoder.into_inner().is_empty(), "nothing comes after the member");
            }
            Coding::Zstd => plain = zstd::decode_all(bytes).unwrap(),
        }
        plain
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn decoded_bytes_are_the_plain_ones(count in 0_usize..900, who in any::<prop::sample::Index>(), tail in "[ -~]{0,300}") {
            let peers = peers(count);
            let node_id = match count {
                0 => NodeId(uuid::Uuid::max()),
                _ => peers[who.index(count)].node_id,
            };
            let list = PeerList::build(1, peers, None).unwrap();
            let of = || parts(Some(&list), node_id, Bytes::from(tail.clone()));
            let plain = identity(&list, &of());
            for coding in Coding::ALL {
                list.chunks().iter().for_each(|chunk| chunk.compress(coding).unwrap());
                let body = encode(coding, of(), list.chunks()).unwrap().concat();
                prop_assert_eq!(&decoded(coding, &body), &plain, "{}", coding.as_str());
            }
        }
    }

    #[test]
    fn shared_chunks_are_not_copied() {
        let list = PeerList::build(1, peers(900), None).unwrap();
        let node_id = peers(1)[0].node_id;
        for coding in Coding::ALL {
            list.chunks().iter().for_each(|chunk| chunk.compress(coding).unwrap());
            let body = encode(coding, parts(Some(&list), node_id, Bytes::new()), list.chunks()).unwrap();
            let form = |chunk: &Chunk| {
                chunk.form(coding).map_or(chunk.plain.as_ptr(), |form| form.get().unwrap().bytes.as_ptr())
            };
            let theirs: Vec<*const u8> = list.chunks().iter().map(|chunk| form(chunk)).collect();
            let same = body.iter().filter(|piece| theirs.contains(&piece.as_ptr())).count();
            assert!(same >= theirs.len() - 1, "{}: {same} of {}", coding.as_str(), theirs.len());
        }
    }
}
