//! From a screen's cells to pixels, and the file that they are kept in.

use std::{fs::File, io::BufWriter, path::Path};

use fontdue::{Font, FontSettings};
use termlens::{Cell, Color, Screen};

use super::glyphs;

/// A cell in pixels, and the height of the letters in it.
const CELL: (usize, usize) = (10, 21);
const LETTERS: f32 = 16.6;
const HEIGHT: f32 = 21.0;
/// Pixels around the screen.
const MARGIN: usize = 10;
/// The terminal's own colours.
const BACK: Rgb = [0x16, 0x18, 0x1f];
const FORE: Rgb = [0xd6, 0xd9, 0xe0];
/// The first sixteen of its palette.
const ANSI: [u32; 16] = [
    0x0023_2630,
    0x00e0_6c75,
    0x0098_c379,
    0x00e5_c07b,
    0x0061_afef,
    0x00c6_78dd,
    0x0056_b6c2,
    0x00ab_b2bf,
    0x005c_6370,
    0x00f0_7f88,
    0x00a9_d68b,
    0x00f0_cf90,
    0x0078_bdf5,
    0x00d3_8ee8,
    0x006c_c8d3,
    0x00ff_ffff,
];

type Rgb = [u8; 3];

/// Pixels, row by row.
pub(super) struct Picture {
    size: (usize, usize),
    pixels: Vec<u8>,
}

/// Draws a screen. Every character on it must be one that can be drawn.
pub(super) fn draw(screen: &Screen, (columns, rows): (u16, u16)) -> Picture {
    let font = include_bytes!("font/DejaVuSansMono.ttf");
    let font = Font::from_bytes(&font[..], FontSettings::default()).unwrap();
    let size =
        (usize::from(columns) * CELL.0 + 2 * MARGIN, usize::from(rows) * CELL.1 + 2 * MARGIN);
    let mut picture = Picture { size, pixels: BACK.repeat(size.0 * size.1) };
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        if let Some(cell) = screen.cell(row, column) {
            let at = (MARGIN + usize::from(column) * CELL.0, MARGIN + usize::from(row) * CELL.1);
            picture.cell(&font, cell, at);
        }
    }
    picture
}

impl Picture {
    fn cell(&mut self, font: &Font, cell: &Cell, (x, y): (usize, usize)) {
        let style = cell.style();
        let (mut fore, mut back) = (colour(style.fg, FORE), colour(style.bg, BACK));
        if style.reverse {
            std::mem::swap(&mut fore, &mut back);
        }
        if style.dim {
            fore = mix(back, fore, 150);
        }
        self.fill((x, y, x + CELL.0, y + CELL.1, 255), back);
        for c in cell.contents().chars().filter(|c| !c.is_whitespace()) {
            if let Some(patches) = glyphs::patches(c, CELL.0, CELL.1) {
                for (left, top, right, bottom, much) in patches {
                    self.fill((x + left, y + top, x + right, y + bottom, much), fore);
                }
                continue;
            }
            assert!(font.has_glyph(c), "the font has no {c:?} (U+{:04X})", u32::from(c));
            self.letter(font, c, (x, y), fore);
            // One font is enough: its bold is the same, a little to the right.
            if style.bold {
                self.letter(font, c, (x + 1, y), fore);
            }
        }
        if style.underline {
            self.fill((x, y + CELL.1 - 3, x + CELL.0, y + CELL.1 - 2, 255), fore);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a pixel of a letter")]
    fn letter(&mut self, font: &Font, c: char, (x, y): (usize, usize), fore: Rgb) {
        let (metrics, coverage) = font.rasterize(c, LETTERS);
        let lines = font.horizontal_line_metrics(LETTERS).unwrap();
        let spare = (HEIGHT - (lines.ascent - lines.descent)) / 2.0;
        let baseline = (spare + lines.ascent).round() as i32;
        let top = baseline - metrics.ymin - i32::try_from(metrics.height).unwrap();
        for (at, much) in coverage.iter().enumerate() {
            let right = i32::try_from(at % metrics.width).unwrap() + metrics.xmin;
            let down = i32::try_from(at / metrics.width).unwrap() + top;
            let column = i32::try_from(x).unwrap() + right;
            let row = i32::try_from(y).unwrap() + down;
            if let (Ok(column), Ok(row)) = (usize::try_from(column), usize::try_from(row)) {
                self.fill((column, row, column + 1, row + 1, *much), fore);
            }
        }
    }

    fn fill(&mut self, (left, top, right, bottom, much): glyphs::Patch, with: Rgb) {
        for y in top..bottom.min(self.size.1) {
            for x in left..right.min(self.size.0) {
                let at = 3 * (y * self.size.0 + x);
                let under = [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]];
                self.pixels[at..at + 3].copy_from_slice(&mix(under, with, much));
            }
        }
    }

    /// Writes it into a file, with the words that it shows.
    pub(super) fn write(&self, path: &Path, name: &str, words: &str) {
        let file = BufWriter::new(File::create(path).unwrap());
        let (width, height) = (u32::try_from(self.size.0), u32::try_from(self.size.1));
        let mut encoder = png::Encoder::new(file, width.unwrap(), height.unwrap());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder.add_itxt_chunk(name.to_owned(), words.to_owned()).unwrap();
        encoder.write_header().unwrap().write_image_data(&self.pixels).unwrap();
    }
}

/// The words that a picture's file holds.
pub(super) fn words(path: &Path, name: &str) -> String {
    let file = std::io::BufReader::new(File::open(path).unwrap());
    let reader = png::Decoder::new(file).read_info().unwrap();
    let mut all = reader.info().utf8_text.iter();
    let one = all.find(|one| one.keyword == name).expect("the picture holds its words");
    one.get_text().unwrap()
}

fn mix(under: Rgb, over: Rgb, much: u8) -> Rgb {
    let one = |under: u8, over: u8| {
        let sum = u32::from(under) * u32::from(255 - much) + u32::from(over) * u32::from(much);
        u8::try_from(sum / 255).unwrap_or(u8::MAX)
    };
    [one(under[0], over[0]), one(under[1], over[1]), one(under[2], over[2])]
}

fn colour(colour: Color, default: Rgb) -> Rgb {
    match colour {
        Color::Rgb(red, green, blue) => [red, green, blue],
        Color::Indexed(at) => indexed(at),
        Color::Default => default,
    }
}

/// The palette of 256 colours as xterm has it from the seventeenth on.
fn indexed(at: u8) -> Rgb {
    let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match at {
        0..16 => {
            let [_, red, green, blue] = ANSI[usize::from(at)].to_be_bytes();
            [red, green, blue]
        }
        16..232 => {
            let at = at - 16;
            [step(at / 36), step(at / 6 % 6), step(at % 6)]
        }
        232.. => [8 + 10 * (at - 232); 3],
    }
}
