//! placeholder
pub mod servers;
pub mod world;
