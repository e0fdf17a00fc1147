//! The tray's icon: a raster for the state, and round it a ring for the share of the session left.
//! The rasters come from `resources/icons` by its script `make`. Showing them, and asking only when
//! the state or the [`step`] changed, is the tray's job.

mod ring;

#[cfg(test)]
mod tests;

use crate::session::State;

/// A picture: rows from the top, each pixel red, green, blue and straight alpha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgba {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Four bytes a pixel.
    pub pixels: Vec<u8>,
}

/// How finely the ring shows the share: in so many steps.
pub const STEPS: u8 = 32;

/// The step of the ring for a share of 0 to 1. The icon looks the same until the step changes; only
/// at 0 is the ring empty.
pub fn step(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * f64::from(STEPS)).ceil() as u8
}

/// The icon of a state, `size` pixels wide where a raster of that size was made, else of the next
/// larger one (48 at most), for the tray's host to scale. The ring shows `share_left` (0 to 1) in the
/// states where a session lives; without a share there is none.
pub fn icon(state: State, share_left: Option<f64>, size: u32) -> Rgba {
    let sheet = SHEETS.iter().find(|sheet| sheet.size >= size).unwrap_or(&SHEETS[SHEETS.len() - 1]);
    let mut icon = sheet.picture(state);
    if let (Some(colour), Some(share)) = (ring_colour(state), share_left) {
        ring::draw(&mut icon, step(share), colour);
    }
    icon
}

/// The pixels as StatusNotifierItem wants them in its IconPixmap: ARGB32 in network byte order.
pub fn argb32(icon: &Rgba) -> Vec<u8> {
    let mut pixels = icon.pixels.clone();
    for pixel in pixels.chunks_exact_mut(4) {
        pixel.rotate_right(1);
    }
    pixels
}

/// The ring takes the colour of the state's badge; no ring where no session lives.
fn ring_colour(state: State) -> Option<[u8; 3]> {
    match state {
        State::Active => Some([0x1c, 0x8a, 0x3c]),
        State::AtRisk => Some([0xc9, 0x60, 0x00]),
        State::Ending => Some([0x2a, 0x6c, 0xd6]),
        State::Waiting | State::Closed | State::EndedElsewhere | State::NeedsAttention => None,
    }
}

/// The rasters of one size: every state's, one below the other.
struct Sheet {
    size: u32,
    pixels: &'static [u8],
}

/// By size. Windows asks for 16 to 48 by its scaling; Linux panels mostly for 16, 22, 24 or 32.
const SHEETS: [Sheet; 6] = [
    Sheet::of(16, include_bytes!("../../../resources/icons/tray/16.rgba")),
    Sheet::of(20, include_bytes!("../../../resources/icons/tray/20.rgba")),
    Sheet::of(22, include_bytes!("../../../resources/icons/tray/22.rgba")),
    Sheet::of(24, include_bytes!("../../../resources/icons/tray/24.rgba")),
    Sheet::of(32, include_bytes!("../../../resources/icons/tray/32.rgba")),
    Sheet::of(48, include_bytes!("../../../resources/icons/tray/48.rgba")),
];

impl Sheet {
    /// Does not compile when the file is not one of that size.
    const fn of(size: u32, pixels: &'static [u8]) -> Sheet {
        assert!(pixels.len() == State::ALL.len() * (size * size * 4) as usize);
        Sheet { size, pixels }
    }

    fn picture(&self, state: State) -> Rgba {
        // The order in which `make` puts them.
        let row = match state {
            State::Waiting => 0,
            State::Active => 1,
            State::AtRisk => 2,
            State::Ending => 3,
            State::Closed => 4,
            State::EndedElsewhere => 5,
            State::NeedsAttention => 6,
        };
        let length = (self.size * self.size * 4) as usize;
        let pixels = self.pixels[row * length..][..length].to_vec();
        Rgba { width: self.size, height: self.size, pixels }
    }
}
