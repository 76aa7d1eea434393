//! From which address a request comes, when it may have come through proxies.
//!
//! A proxy appends the address it was asked from to `X-Forwarded-For`; whatever stood there before is what the client
//! claimed. So the header is read from its end, and only for as long as the one who wrote the entry is a trusted proxy.

use crate::app::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose word counts. None: nobody's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies(Vec<IpNet>);

/// Why a list of proxies is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustedProxiesError {
    #[error("{0:?} is neither an address nor a network like 10.0.0.0/8")]
    NoNetwork(String),
    #[error(
        "{0} is everybody, and who trusts everybody's X-Forwarded-For lets everybody pretend to be anybody"
    )]
    Everybody(IpNet),
}

impl FromStr for TrustedProxies {
    type Err = TrustedProxiesError;

    /// Addresses and networks, separated by commas.
    fn from_str(text: &str) -> Result<Self, TrustedProxiesError> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(network).collect::<Result<_, _>>().map(Self)
    }
}

fn network(text: &str) -> Result<IpNet, TrustedProxiesError> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = network.map_err(|_| TrustedProxiesError::NoNetwork(text.to_owned()))?;
    if network.prefix_len() == 0 { Err(TrustedProxiesError::Everybody(network)) } else { Ok(network) }
}

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address closest to the client that somebody trusted vouches for.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut vouched = peer.to_canonical();
        let values = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut entries =
            values.flat_map(|value| value.to_str().unwrap_or("unreadable").rsplit(',').map(str::trim));
        while self.trusts(vouched) {
            // An entry that is no address says nothing about where the request came from before.
            let Some(before) = entries.next().and_then(address) else { break };
            vouched = before;
        }
        vouched
    }
}

/// Some proxies add the port.
fn address(entry: &str) -> Option<IpAddr> {
    let address = entry.parse::<IpAddr>().ok();
    let address = address.or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()));
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    address.or_else(bracketed).map(|address| address.to_canonical())
}

/// Where a request comes from; `None` when it did not come over the network (in tests).
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub Option<IpAddr>);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map(|ConnectInfo(peer)| app.proxies.client(peer.ip(), &parts.headers))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn client(proxies: &str, peer: &str, forwarded: &[&'static str]) -> String {
        let proxies: TrustedProxies = proxies.parse().expect("proxies");
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        proxies.client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn without_trusted_proxies_the_header_says_nothing() {
        assert_eq!(client("", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("", "10.0.0.1", &["198.51.100.1"]), "10.0.0.1");
    }

    #[test]
    fn a_peer_that_is_no_proxy_cannot_pretend() {
        assert_eq!(client("10.0.0.0/8", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn what_a_client_wrote_before_the_proxies_entry_does_not_count() {
        let spoofed = "127.0.0.1, 192.0.2.7, 198.51.100.1";
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[spoofed]), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["192.0.2.7", "198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn a_chain_of_proxies_is_followed() {
        let chain = "192.0.2.7, 198.51.100.1, 10.1.1.1";
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[chain]), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8, 198.51.100.1", "10.0.0.1", &[chain]), "192.0.2.7");
    }

    #[test]
    fn forms_of_addresses() {
        assert_eq!(client("10.0.0.1", "::ffff:10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client("fd00::/8", "fd00::1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(client("fd00::/8", "fd00::1", &["[2001:db8::1]"]), "2001:db8::1");
    }

    #[test]
    fn an_entry_that_is_no_address_ends_the_search() {
        for strange in ["unknown", "198.51.100.1, _hidden", ""] {
            assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[strange]), "10.0.0.1", "{strange:?}");
        }
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn lists_are_validated() {
        assert!("10.0.0.0/8,::1,2001:db8::/32".parse::<TrustedProxies>().is_ok());
        for bad in ["10.0.0.0/33", "proxy.example.org", "0.0.0.0/0", "::/0"] {
            assert!(bad.parse::<TrustedProxies>().is_err(), "{bad}");
        }
    }
}
