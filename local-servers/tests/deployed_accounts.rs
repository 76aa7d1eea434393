//! The brokers of the cluster are given the accounts that all tests run with.
//!
//! After a change: `LAUREL_WRITE_ACCOUNTS=1 cargo test -p local-servers --test deployed_accounts`, once.

use local_servers::nats::accounts;

const FILE: &str = "../deploy/base/broker/accounts.conf";

#[test]
#[allow(clippy::disallowed_methods)] // Who runs the test says whether to write.
fn the_deployed_accounts_are_these() {
    let generated = format!(
        "# Who may do what at the broker, written by a test: see its head (local-servers/tests/deployed_accounts.rs).\n{}",
        accounts::configuration()
    );
    if std::env::var_os("LAUREL_WRITE_ACCOUNTS").is_some() {
        std::fs::write(FILE, &generated).expect("writes the accounts");
    }
    let deployed = std::fs::read_to_string(FILE).expect("the accounts are there");
    assert!(deployed == generated, "{FILE} is not what the code says: see the head of this test");
}
