//! The ring round the icon: a faint track, and on it an arc clockwise from 12 o'clock.
//! Edges are smoothed by their distance to the pixel's middle; it knows nothing of states.

use std::f64::consts::TAU;

use crate::ui::icon::{Rgba, STEPS};

/// The ring's width as a share of the icon's: 1.5 of 16 pixels. The sources leave this free.
const WIDTH: f64 = 1.5 / 16.0;

/// A grey that is faint on light bars and on dark ones.
const TRACK: ([u8; 3], f64) = ([0x8c, 0x8c, 0x8c], 0.5);

/// Up to this step, the last eighth, the arc is red.
const LITTLE_LEFT: u8 = STEPS / 8;
const RED: [u8; 3] = [0xd9, 0x2f, 0x2f];

/// Draws the ring into the icon's outermost pixels.
pub(crate) fn draw(icon: &mut Rgba, step: u8, colour: [u8; 3]) {
    let colour = if step <= LITTLE_LEFT { RED } else { colour };
    let arc = f64::from(step) / f64::from(STEPS) * TAU;
    let outer = f64::from(icon.width) / 2.0;
    let half = outer * WIDTH;
    let middle = outer - half;
    for (at, pixel) in (0_u32..).zip(icon.pixels.chunks_exact_mut(4)) {
        let x = f64::from(at % icon.width) + 0.5 - outer;
        let y = f64::from(at / icon.width) + 0.5 - outer;
        let radius = x.hypot(y);
        let ring = coverage(half - (radius - middle).abs());
        if ring > 0.0 {
            // Clockwise from 12 o'clock.
            let angle = x.atan2(-y).rem_euclid(TAU);
            let lit = ring * coverage(depth(angle, arc) * radius);
            let (track, faint) = TRACK;
            lay_over(pixel, track, (ring - lit) * faint);
            lay_over(pixel, colour, lit);
        }
    }
}

/// How much of a pixel lies inside an edge, its middle being `depth` pixels inside.
fn coverage(depth: f64) -> f64 {
    (depth + 0.5).clamp(0.0, 1.0)
}

/// How far inside the arc from 0 to `arc` an angle lies; below 0 outside. All in radians.
fn depth(angle: f64, arc: f64) -> f64 {
    if arc <= 0.0 {
        f64::NEG_INFINITY
    } else if arc >= TAU {
        f64::INFINITY
    } else if angle <= arc {
        angle.min(arc - angle)
    } else {
        -(angle - arc).min(TAU - angle)
    }
}

/// Puts a colour over a pixel of straight alpha.
fn lay_over(pixel: &mut [u8], colour: [u8; 3], alpha: f64) {
    let below = f64::from(pixel[3]) / 255.0 * (1.0 - alpha);
    let whole = alpha + below;
    if whole > 0.0 {
        for (sample, over) in pixel.iter_mut().zip(colour) {
            let mixed = f64::from(over) * alpha + f64::from(*sample) * below;
            *sample = (mixed / whole).round() as u8;
        }
        pixel[3] = (whole * 255.0).round() as u8;
    }
}
