//! Values that a file writes as one word or number and that not every one will do for. They are
//! judged while they are read, not after it, so that a fault has the place of the very value.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};

/// Reads a text as something else; what `read` says against it is told where the text stands.
pub fn text_as<'de, D: Deserializer<'de>, T>(
    from: D,
    wanted: &'static str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Text<F>(&'static str, F);

    impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Text<F> {
        type Value = T;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str(self.0)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            (self.1)(text).map_err(E::custom)
        }
    }

    from.deserialize_str(Text(wanted, read))
}

/// Reads a number as something else, in the same way.
pub fn number_as<'de, D: Deserializer<'de>, T>(
    from: D,
    read: impl FnOnce(f64) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Number<F>(F);

    #[expect(clippy::cast_precision_loss, reason = "amounts that a person writes are far smaller")]
    impl<T, F: FnOnce(f64) -> Result<T, String>> Visitor<'_> for Number<F> {
        type Value = T;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a number")
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
            (self.0)(number).map_err(E::custom)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
            self.visit_f64(number as f64)
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
            self.visit_f64(number as f64)
        }
    }

    from.deserialize_f64(Number(read))
}
