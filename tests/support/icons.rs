//! Draws every icon on light and dark bars, as a PPM picture on standard output:
//! `cargo run --example icons | convert ppm:- docs/icons.png`
//! Every state has a row; a column is a size, and 16 and 22 pixels stand magnified at the end.

use std::io::{self, Write};

use deskbeat::session::State;
use deskbeat::ui::icon;
use deskbeat::ui::icon::Rgba;

/// A light bar, a dark one, and one in a colour of the user's.
const BARS: [[u8; 3]; 3] = [[0xf3, 0xf3, 0xf3], [0x20, 0x20, 0x20], [0x2d, 0x6c, 0xa8]];
/// Size in pixels and magnification.
const COLUMNS: [(u32, usize); 6] = [(16, 1), (22, 1), (32, 1), (48, 1), (16, 4), (22, 3)];
/// What is left of the session, by bar; only states with a session show it.
const SHARES: [f64; 3] = [0.78, 0.4, 0.1];
const ROW: usize = 76;
const GAP: usize = 12;

fn main() -> io::Result<()> {
    let bar = GAP + COLUMNS.iter().map(|&(size, times)| size as usize * times + GAP).sum::<usize>();
    let (width, height) = (bar * BARS.len(), ROW * State::ALL.len());
    let mut sheet: Vec<[u8; 3]> = (0..width * height).map(|at| BARS[at % width / bar]).collect();
    for (row, state) in State::ALL.into_iter().enumerate() {
        for (column, share) in SHARES.into_iter().enumerate() {
            let mut left = column * bar + GAP;
            for (size, times) in COLUMNS {
                let icon = icon::icon(state, Some(share), size);
                let side = icon.width as usize * times;
                put(&mut sheet, width, (left, row * ROW + (ROW - side) / 2), &icon, times);
                left += side + GAP;
            }
        }
    }
    let mut out = io::stdout().lock();
    writeln!(out, "P6 {width} {height} 255")?;
    out.write_all(sheet.as_flattened())
}

fn put(
    sheet: &mut [[u8; 3]],
    width: usize,
    (left, top): (usize, usize),
    icon: &Rgba,
    times: usize,
) {
    let side = icon.width as usize;
    for y in 0..side * times {
        for x in 0..side * times {
            let pixel = &icon.pixels[(y / times * side + x / times) * 4..][..4];
            let alpha = u32::from(pixel[3]);
            for (under, over) in sheet[(top + y) * width + left + x].iter_mut().zip(pixel) {
                let mixed = u32::from(*over) * alpha + u32::from(*under) * (255 - alpha);
                *under = ((mixed + 127) / 255) as u8;
            }
        }
    }
}
