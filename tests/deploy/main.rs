//! The cloud: the real template with the real functions in an emulated AWS.

#[cfg(test)]
mod deploy;
#[cfg(test)]
mod functions;
#[cfg(test)]
mod http;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod runtime;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod trouble;
