//! Real servers as children of this process: nats-server, PostgreSQL and Redis on free loopback ports, each with its own
//! data folder. `laurel up` runs its private ones with this, and every test its own.
//!
//! All of them can be stopped, killed, started again on the same port and data, and frozen. None outlives this process,
//! even if it is killed: the kernel signals a child when the thread that looks after it ends (see [`process`]). One that
//! does not hear the signal, because it is frozen, is ended by the next on its folder (see [`leftover`]).

mod error;
pub mod home;
mod leftover;
pub mod nats;
mod port;
pub mod postgres;
mod process;
pub mod redis;
mod remembered;
mod server;

pub use error::ServerError;
pub use home::{laurel_home, postgres_programs};
pub use port::free as free_port;
pub use remembered::secret;
pub use server::{Recipe, Running};
