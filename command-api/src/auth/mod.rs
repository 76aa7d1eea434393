//! Signing in: passwords, sessions, and what slows guessing down.

pub mod address;
pub mod password;
pub mod session;
pub mod throttle;

use std::time::Duration;

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Does not tell whether the account or the password is wrong.
    #[error("No account has this login and this password.")]
    CredentialsWrong,
    #[error("The password is wrong.")]
    PasswordWrong,
    #[error("The refresh token is not one of ours, has expired, or its session has ended.")]
    RefreshTokenInvalid,
    #[error("This refresh token was used before, so its session has been ended. Log in again.")]
    RefreshTokenReused,
    #[error("Too many failed attempts; wait before the next.")]
    TooManyAttempts { wait: Duration },
    #[error("Too many people are signing in at this moment.")]
    Busy,
}
