//! placeholder
pub mod cloud;
pub mod servers;
pub mod swarm;
pub mod world;
