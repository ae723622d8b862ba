//! # Matched
//! What a reconciling found to belong together, as an object of the archive: eight octets per pair.

use crate::mail::Uid;

/// Pairs, each list sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Former source UID of a line, and the one that its message has now.
    pub rekeyed: Vec<(Uid, Uid)>,
    /// Former source UID of a line, and the destination UID that its message has now.
    pub pointed: Vec<(Uid, Uid)>,
    /// Source UID of a message without a line, and the destination UID under which it is there already.
    pub adopted: Vec<(Uid, Uid)>,
}

/// The second of the pair whose first it is.
pub fn second(pairs: &[(Uid, Uid)], first: Uid) -> Option<Uid> {
    let at = pairs.binary_search_by_key(&first, |pair| pair.0).ok()?;
    pairs.get(at).map(|pair| pair.1)
}

impl Matched {
    /// As octets: for each list its length, then its pairs.
    pub fn encode(&self) -> Vec<u8> {
        let lists = [&self.rekeyed, &self.pointed, &self.adopted];
        let mut octets = Vec::with_capacity(12 + lists.iter().map(|list| list.len() * 8).sum::<usize>());
        for list in lists {
            octets.extend_from_slice(&u32::try_from(list.len()).unwrap_or(u32::MAX).to_le_bytes());
            for (first, second) in list {
                octets.extend_from_slice(&first.get().to_le_bytes());
                octets.extend_from_slice(&second.get().to_le_bytes());
            }
        }
        octets
    }

    /// The inverse; none when it is not what `encode` writes.
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let mut numbers = octets.chunks(4).map(|chunk| chunk.try_into().ok().map(u32::from_le_bytes));
        let mut list = || {
            let length = numbers.next()??;
            let mut pairs = Vec::new();
            for _ in 0..length {
                pairs.push((Uid::new(numbers.next()??), Uid::new(numbers.next()??)));
            }
            Some(pairs)
        };
        let matched = Self { rekeyed: list()?, pointed: list()?, adopted: list()? };
        numbers.next().is_none().then_some(matched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_else() {
        let pair = |first, second| (Uid::new(first), Uid::new(second));
        let matched =
            Matched { rekeyed: vec![pair(1, 2), pair(3, u32::MAX)], pointed: vec![], adopted: vec![pair(7, 8)] };
        let octets = matched.encode();
        assert_eq!(Matched::decode(&octets), Some(matched.clone()));
        for cut in 0..octets.len() {
            assert_eq!(Matched::decode(&octets[..cut]), None, "{cut}");
        }
        assert_eq!(Matched::decode(&[octets, vec![0]].concat()), None);
        assert_eq!(
            (second(&matched.rekeyed, Uid::new(3)), second(&matched.rekeyed, Uid::new(2))),
            (Some(Uid::new(u32::MAX)), None)
        );
    }
}
