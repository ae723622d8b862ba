//! # Packing
//! Objects whose key ends in `.zst` are compressed on their way to the bucket, with a checksum that tells rotten ones.

use std::io::{self, Write};

use bytes::Bytes;
use zstd::stream::{decode_all, write::Encoder};

/// Manifest lines are digests for the most part and shrink to a third; higher levels find no more in them and cost time.
const LEVEL: i32 = 1;
/// Binary logarithm of how far back a line may be like another. Further back costs memory and gains nothing.
const WINDOW: u32 = 19;

/// The octets as they are kept.
pub(crate) fn pack(key: &str, octets: Bytes) -> io::Result<Bytes> {
    if !compressed(key) {
        return Ok(octets);
    }
    let mut encoder = Encoder::new(Vec::new(), LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.window_log(WINDOW)?;
    // Its tables are as large as the octets want them.
    encoder.set_pledged_src_size(u64::try_from(octets.len()).ok())?;
    encoder.write_all(&octets)?;
    encoder.finish().map(Bytes::from)
}

/// The octets as they were given.
pub(crate) fn unpack(key: &str, kept: Bytes) -> io::Result<Bytes> {
    match compressed(key) {
        true => decode_all(&*kept).map(Bytes::from),
        false => Ok(kept),
    }
}

fn compressed(key: &str) -> bool {
    key.ends_with(".zst")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zst_keys_are_compressed() {
        let octets = Bytes::from(vec![b'a'; 10_000]);
        assert_eq!(pack("a.json", octets.clone()).unwrap(), octets);
        let packed = pack("a.jsonl.zst", octets.clone()).unwrap();
        assert!(packed.len() < 100, "{}", packed.len());
        assert_eq!(unpack("a.jsonl.zst", packed).unwrap(), octets);
    }

    #[test]
    fn a_flipped_bit_is_an_error() {
        let packed = pack("a.zst", (0..=255).cycle().take(5000).collect()).unwrap();
        for at in [0, packed.len() / 2, packed.len() - 1] {
            let mut rotten = packed.to_vec();
            rotten[at] ^= 1;
            assert!(unpack("a.zst", rotten.into()).is_err(), "octet {at}");
        }
    }
}
