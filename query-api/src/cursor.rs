//! Cursors: where the next page of a list starts. Opaque to clients: base64 of JSON with the list's name, so that a
//! cursor of one list is refused by another.

use crate::error::QueryError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longer than any cursor we make.
const CHARS_MAX: usize = 512;

pub fn encode<T: Serialize>(list: &str, place: &T) -> String {
    BASE64.encode(serde_json::json!([list, place]).to_string())
}

/// `None` for the first page.
pub fn decode<T: DeserializeOwned>(list: &str, given: Option<&str>) -> Result<Option<T>, QueryError> {
    let Some(text) = given else { return Ok(None) };
    let place = (text.len() <= CHARS_MAX).then(|| BASE64.decode(text).ok()).flatten();
    // What JSON writes as an escape PostgreSQL takes in no text; none of our places has it.
    let place = place.filter(|json| !json.windows(6).any(|escape| escape == br"\u0000"));
    let place = place.and_then(|json| serde_json::from_slice::<(String, T)>(&json).ok());
    match place {
        Some((name, place)) if name == list => Ok(Some(place)),
        _ => Err(invalid()),
    }
}

/// The text is no cursor of this list.
pub fn invalid() -> QueryError {
    QueryError::invalid(
        "cursor",
        "cursor_invalid",
        "A cursor is what a page of the same list answered as `next_cursor`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let cursor = encode("exercises", &"two-sum");
        assert_eq!(decode::<String>("exercises", Some(&cursor)).expect("ours"), Some("two-sum".to_owned()));
        assert!(decode::<String>("progress", Some(&cursor)).is_err());
        assert!(decode::<u64>("exercises", Some(&cursor)).is_err());
        assert!(decode::<String>("exercises", Some("rubbish!")).is_err());
        assert!(decode::<String>("exercises", Some(&encode("exercises", &"a\0b"))).is_err());
        assert_eq!(decode::<String>("exercises", None).expect("the first page"), None);
    }
}
