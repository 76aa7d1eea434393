//! Who may do what: the one policy table ([`policy`]), access tokens ([`token`]) and the router layer that applies both
//! ([`layer`]). command-api signs tokens; every HTTP service verifies them.

pub mod caller;
pub mod document;
pub mod layer;
pub mod policy;
pub mod token;

pub use caller::Caller;
pub use layer::AccessLayer;
