//! What `SQLite` and Rust's own library call of the C library for mathematics: three functions.
//!
//! They are linked in, so that the program needs no `libm.so`: to find it, map it and look through
//! it is a seventh of what `--version` takes. `SQLite` weighs hits with them; no result that we keep
//! hangs on their last bit.
#![allow(unsafe_code)]

#[unsafe(no_mangle)]
extern "C" fn log(of: f64) -> f64 {
    libm::log(of)
}

#[unsafe(no_mangle)]
extern "C" fn log2(of: f64) -> f64 {
    libm::log2(of)
}

#[unsafe(no_mangle)]
extern "C" fn pow(base: f64, power: f64) -> f64 {
    libm::pow(base, power)
}

#[cfg(test)]
mod tests {
    use super::{log, log2, pow};

    /// Within two units of the last place.
    fn is_near(found: f64, wanted: f64) -> bool {
        (found - wanted).abs() <= wanted.abs() * 2.0 * f64::EPSILON
    }

    #[test]
    fn they_are_what_the_mathematics_says() {
        assert!(
            is_near(log(2.0), std::f64::consts::LN_2)
                && is_near(log(10.0), std::f64::consts::LN_10)
        );
        assert!(is_near(log2(10.0), std::f64::consts::LOG2_10) && is_near(log2(0.125), -3.0));
        assert!(is_near(pow(2.0, 0.5), std::f64::consts::SQRT_2) && is_near(pow(3.0, 4.0), 81.0));
        assert!(log(-1.0).is_nan() && log(0.0) == f64::NEG_INFINITY && is_near(pow(0.0, 0.0), 1.0));
    }
}
