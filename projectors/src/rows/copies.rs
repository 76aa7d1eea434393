//! COPY in PostgreSQL's binary format (chapter "COPY" of its manual, "Binary Format"): nothing is printed here only to be
//! parsed there. The server checks each field's length against its column's type, so a value of another type than its
//! column's is refused.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// Bytes handed to the server at once.
const CHUNK: usize = 256 * 1_024;
/// Signature, flags, length of the header's extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// In place of a row's number of fields.
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();
/// 2000-01-01T00:00:00Z, where PostgreSQL's clock begins, in microseconds since 1970.
const EPOCH_US: i64 = 946_684_800_000_000;
/// The type `text` in the server's catalogue.
const TEXT_OID: i32 = 25;

/// Rows on their way, per SQL table.
#[derive(Default)]
pub struct Copies {
    tables: Vec<(&'static str, Vec<u8>)>,
}

impl Copies {
    /// Starts a row. `table` is `name (column, …)`.
    pub fn line(&mut self, table: &'static str) -> Line<'_> {
        let index = self.tables.iter().position(|(known, _)| *known == table).unwrap_or_else(|| {
            self.tables.push((table, HEADER.to_vec()));
            self.tables.len() - 1
        });
        let bytes = &mut self.tables[index].1;
        let start = bytes.len();
        bytes.extend_from_slice(&[0; 2]);
        Line { bytes, start, fields: 0 }
    }

    pub async fn send(self, db: &mut PgConnection) -> sqlx::Result<()> {
        for (table, mut bytes) in self.tables {
            bytes.extend_from_slice(TRAILER);
            let mut copy = db.copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT binary)")).await?;
            for chunk in bytes.chunks(CHUNK) {
                copy.send(chunk).await?;
            }
            copy.finish().await?;
        }
        Ok(())
    }
}

/// A row being written; ends when it is dropped.
pub struct Line<'a> {
    bytes: &'a mut Vec<u8>,
    start: usize,
    fields: i16,
}

impl Line<'_> {
    pub fn value<F: Field>(&mut self, value: F) -> &mut Self {
        self.fields += 1;
        let length_at = self.bytes.len();
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
        if value.write(self.bytes) {
            let length = length(self.bytes.len() - length_at - 4);
            self.bytes[length_at..length_at + 4].copy_from_slice(&length);
        }
        self
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.bytes[self.start..self.start + 2].copy_from_slice(&self.fields.to_be_bytes());
    }
}

/// A value as a column of the type that belongs to it.
pub trait Field {
    /// `false`, and nothing written, for NULL.
    fn write(&self, to: &mut Vec<u8>) -> bool;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Field for $number {
            fn write(&self, to: &mut Vec<u8>) -> bool {
                to.extend_from_slice(&self.to_be_bytes());
                true
            }
        }
    )*};
}
numbers!(i16, i32, i64);

impl Field for Uuid {
    fn write(&self, to: &mut Vec<u8>) -> bool {
        to.extend_from_slice(self.as_bytes());
        true
    }
}

impl Field for str {
    fn write(&self, to: &mut Vec<u8>) -> bool {
        to.extend_from_slice(self.as_bytes());
        true
    }
}

impl Field for String {
    fn write(&self, to: &mut Vec<u8>) -> bool {
        self.as_str().write(to)
    }
}

impl<F: Field + ?Sized> Field for &F {
    fn write(&self, to: &mut Vec<u8>) -> bool {
        F::write(self, to)
    }
}

/// `timestamptz`.
impl Field for DateTime<Utc> {
    fn write(&self, to: &mut Vec<u8>) -> bool {
        (self.timestamp_micros() - EPOCH_US).write(to)
    }
}

/// `jsonb`, from JSON.
pub struct Json<'a>(pub &'a str);

impl Field for Json<'_> {
    fn write(&self, to: &mut Vec<u8>) -> bool {
        to.push(1); // The format's version.
        self.0.write(to)
    }
}

/// `text[]`.
impl Field for [String] {
    fn write(&self, to: &mut Vec<u8>) -> bool {
        let dimensions = i32::from(!self.is_empty());
        for number in [dimensions, 0, TEXT_OID] {
            number.write(to);
        }
        if !self.is_empty() {
            to.extend_from_slice(&length(self.len()));
            1_i32.write(to); // The first index.
        }
        for text in self {
            to.extend_from_slice(&length(text.len()));
            text.write(to);
        }
        true
    }
}

impl<F: Field> Field for Option<F> {
    fn write(&self, to: &mut Vec<u8>) -> bool {
        self.as_ref().is_some_and(|value| value.write(to))
    }
}

fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).expect("an event is at most a few MiB").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection;

    type Found = (i16, i32, i64, Uuid, String, DateTime<Utc>, String, Vec<String>, Vec<String>, Option<i32>);

    #[tokio::test]
    async fn every_kind_of_value_arrives_as_it_was() -> anyhow::Result<()> {
        let database = testkit::database().await?;
        let db: &mut PgConnection = &mut PgConnection::connect(database.url()).await?;
        sqlx::query(
            "CREATE TABLE t (a smallint, b int, c bigint, d uuid, e text, f timestamptz, g jsonb, h text[], i text[], j int)",
        )
        .execute(&mut *db)
        .await?;
        let mut copies = Copies::default();
        let time = DateTime::from_timestamp_micros(1_795_000_000_123_456).expect("a time");
        let words = ["a,b".to_owned(), String::new(), "é\"\\".to_owned()];
        for _ in 0..2 {
            copies
                .line("t (a, b, c, d, e, f, g, h, i, j)")
                .value(-7_i16)
                .value(i32::MAX)
                .value(i64::MIN)
                .value(Uuid::from_u128(5))
                .value("a\tb\\N\n")
                .value(time)
                .value(Json(r#"{"k": [1, null]}"#))
                .value(&words[..])
                .value::<&[String]>(&[])
                .value(None::<i32>);
        }
        copies.send(db).await?;
        let found: Vec<Found> =
            sqlx::query_as("SELECT a, b, c, d, e, f, g::text, h, i, j FROM t").fetch_all(db).await?;
        let json = r#"{"k": [1, null]}"#.to_owned();
        let expected: Found = (
            -7,
            i32::MAX,
            i64::MIN,
            Uuid::from_u128(5),
            "a\tb\\N\n".to_owned(),
            time,
            json,
            words.to_vec(),
            Vec::new(),
            None,
        );
        assert_eq!(found, [expected.clone(), expected]);
        Ok(())
    }

    #[tokio::test]
    async fn a_value_of_another_type_is_refused() -> anyhow::Result<()> {
        let database = testkit::database().await?;
        let mut db = PgConnection::connect(database.url()).await?;
        sqlx::query("CREATE TABLE t (a bigint)").execute(&mut db).await?;
        let mut copies = Copies::default();
        copies.line("t (a)").value(1_i32);
        let refused = copies.send(&mut db).await;
        assert!(refused.is_err_and(|error| error.into_database_error().is_some()));
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM t").fetch_one(&mut db).await?;
        assert_eq!(rows, 0);
        Ok(())
    }
}
