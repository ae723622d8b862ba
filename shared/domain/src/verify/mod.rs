//! # Verify
//! In: folders whose pass is copied. Out: an independent recount on fresh connections, and the report. A folder in which
//! neither side can have changed is not listed again; one that is too large for a step goes on in the next.

mod carried;
mod count;
mod errands;
mod listing;
mod places;
mod recount;
mod search;
pub mod step;
pub mod tell;
