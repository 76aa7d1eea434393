//! Free ports on loopback.

use crate::ServerError;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};

/// Below Linux's ephemeral range (32768 up): nobody's outgoing connection can take the port while its server is down,
/// so a server can always be started again on it. That is why the kernel is not asked for any free port.
const RANGE: std::ops::Range<u16> = 15_000..32_000;
const TRIES: u32 = 200;

/// One that nothing listens on now and that nobody's outgoing connection will take.
pub fn free() -> Result<u16, ServerError> {
    (0..TRIES)
        .map(|_| crate::remembered::random_in(RANGE))
        .find(|port| is_free(*port))
        .ok_or(ServerError::NoPort)
}

pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)).is_ok()
}
