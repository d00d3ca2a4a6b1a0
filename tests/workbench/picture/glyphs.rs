//! Lines, blocks and braille, drawn by their meaning: they have to meet those beside them, which
//! no font's outlines do at every size.

/// How far a line's arm goes, by its weight.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arm {
    None,
    Light,
    Heavy,
}

/// A rectangle of a cell that is filled: left, top, right, bottom in pixels, and how much.
pub(super) type Patch = (usize, usize, usize, usize, u8);

/// The patches of a character that is drawn by its meaning; `None`: the font has it.
pub(super) fn patches(c: char, width: usize, height: usize) -> Option<Vec<Patch>> {
    match c {
        '\u{2500}'..='\u{257f}' => lines(c, width, height),
        '\u{2580}'..='\u{259f}' => blocks(c, width, height),
        '\u{2800}'..='\u{28ff}' => Some(braille(c, width, height)),
        _ => None,
    }
}

fn lines(c: char, width: usize, height: usize) -> Option<Vec<Patch>> {
    use Arm::{Heavy as H, Light as L, None as N};
    // Left, right, up, down.
    let [left, right, up, down] = match c {
        '─' => [L, L, N, N],
        '━' => [H, H, N, N],
        '│' => [N, N, L, L],
        '┃' => [N, N, H, H],
        '┌' => [N, L, N, L],
        '┐' => [L, N, N, L],
        '└' => [N, L, L, N],
        '┘' => [L, N, L, N],
        '┏' => [N, H, N, H],
        '┓' => [H, N, N, H],
        '┗' => [N, H, H, N],
        '┛' => [H, N, H, N],
        '├' => [N, L, L, L],
        '┤' => [L, N, L, L],
        '┬' => [L, L, N, L],
        '┴' => [L, L, L, N],
        '┼' => [L, L, L, L],
        _ => return None,
    };
    let thick = |arm: Arm| match arm {
        N => 0,
        L => (width / 9).max(1),
        H => (width / 9).max(1) * 2 + 1,
    };
    let (x, y) = (width / 2, height / 2);
    let mut all = Vec::new();
    for (arm, from, to) in
        [(left, 0, x + thick(left).div_ceil(2)), (right, x - thick(right) / 2, width)]
    {
        let half = thick(arm) / 2;
        if arm != N {
            all.push((from, y - half, to, y - half + thick(arm), 255));
        }
    }
    for (arm, from, to) in [(up, 0, y + thick(up).div_ceil(2)), (down, y - thick(down) / 2, height)]
    {
        let half = thick(arm) / 2;
        if arm != N {
            all.push((x - half, from, x - half + thick(arm), to, 255));
        }
    }
    Some(all)
}

fn blocks(c: char, width: usize, height: usize) -> Option<Vec<Patch>> {
    let eighths = |n: usize, whole: usize| (whole * n).div_ceil(8);
    let code = usize::try_from(u32::from(c)).unwrap_or_default();
    Some(vec![match c {
        '▀' => (0, 0, width, height / 2, 255),
        '▁'..='█' => (0, height - eighths(code - 0x2580, height), width, height, 255),
        '▉'..='▏' => (0, 0, eighths(0x2590 - code, width), height, 255),
        '▐' => (width / 2, 0, width, height, 255),
        '░' => (0, 0, width, height, 64),
        '▒' => (0, 0, width, height, 128),
        '▓' => (0, 0, width, height, 192),
        _ => return None,
    }])
}

fn braille(c: char, width: usize, height: usize) -> Vec<Patch> {
    let bits = u32::from(c) - 0x2800;
    // Column and row of the dot of each bit.
    let dots = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let size = (width * 3 / 10).max(2);
    dots.iter()
        .enumerate()
        .filter(|(bit, _)| bits >> bit & 1 == 1)
        .map(|(_, (column, row))| {
            let x = width * (1 + 2 * column) / 4 - size / 2;
            let y = height * (3 + 3 * row) / 15;
            (x, y, x + size, y + size, 255)
        })
        .collect()
}

#[test]
fn lines_meet_those_of_the_cells_beside_them() {
    for (width, height) in [(9, 18), (10, 21), (18, 38)] {
        let edges = |c: char| {
            let all = patches(c, width, height).unwrap();
            let row = |x: usize| {
                let at = all.iter().find(|one| one.0 <= x && x < one.2 && one.2 - one.0 > 2);
                at.map(|one| (one.1, one.3))
            };
            (row(0), row(width - 1))
        };
        for (left, middle, right) in [('┌', '─', '┐'), ('┗', '━', '┛')] {
            assert_eq!(edges(left).1, edges(middle).0, "{left}{middle}");
            assert_eq!(edges(middle).1, edges(right).0, "{middle}{right}");
        }
    }
}

#[test]
fn a_braille_mark_has_as_many_dots_as_bits_and_all_within_its_cell() {
    for c in '\u{2800}'..='\u{28ff}' {
        let all = patches(c, 10, 21).unwrap();
        assert_eq!(u32::try_from(all.len()).unwrap(), (u32::from(c) - 0x2800).count_ones());
        assert!(all.iter().all(|one| one.2 <= 10 && one.3 <= 21), "{c}");
    }
}
