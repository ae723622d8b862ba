//! # Mail
//! The RFCs' words as types. In: octets as servers and messages spell them. Out: values that cannot hold nonsense, and
//! the fingerprint by which a message is recognised on the other side.

pub mod address;
pub mod calendar;
pub mod date;
pub mod encoded_word;
pub mod fingerprint;
pub mod flags;
pub mod header;
pub mod keyword;
pub mod letterhead;
pub mod name;
pub mod print;
pub mod special_use;
pub mod system_flags;
pub mod uid;
pub mod uid_set;
mod usual_date;
pub mod utf7;
pub mod window;

pub use date::{DateChoice, InternalDate, fallback};
pub use fingerprint::{Fingerprints, fingerprints};
pub use flags::{Carried, FlagPrint, Flags, Permanent, carry};
pub use header::message_id;
pub use keyword::Keyword;
pub use letterhead::Letterhead;
pub use name::{Delimiter, FolderName};
pub use print::{BodyDigest, Digest, Fingerprint};
pub use special_use::SpecialUse;
pub use system_flags::{SystemFlag, SystemFlags};
pub use uid::{Octets, Uid, UidValidity};
pub use uid_set::UidSet;
