//! # Verify
//! In: folders whose pass is copied. Out: an independent recount on fresh connections, and the report.

mod count;
pub mod recount;
pub mod step;
pub mod tell;
