//! placeholder
pub mod cloud;
pub mod servers;
pub mod world;
