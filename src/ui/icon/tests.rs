//! What a person must be able to see, put into numbers.

use crate::ui::icon::*;

const WHITE: [u8; 3] = [0xff; 3];
const BLACK: [u8; 3] = [0x00; 3];
/// Windows 11's taskbar, light and dark.
const LIGHT: [u8; 3] = [0xf3; 3];
const DARK: [u8; 3] = [0x20; 3];

/// Relative luminance, 0 to 1 (WCAG 2, "relative luminance").
fn luminance(colour: [u8; 3]) -> f64 {
    let linear = colour.map(|sample| {
        let share = f64::from(sample) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

/// 1 to 21 (WCAG 2, "contrast ratio").
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The colours that a bar of this colour shows.
fn on(bar: [u8; 3], icon: &Rgba) -> Vec<[u8; 3]> {
    let shown = |pixel: &[u8]| {
        let alpha = f64::from(pixel[3]) / 255.0;
        let mixed = |i: usize| f64::from(pixel[i]) * alpha + f64::from(bar[i]) * (1.0 - alpha);
        [0, 1, 2].map(|i| mixed(i).round() as u8)
    };
    icon.pixels.chunks_exact(4).map(shown).collect()
}

/// The mean difference in lightness on a bar, 0 to 255: what is left without any colour vision.
fn grey_difference(bar: [u8; 3], one: &Rgba, other: &Rgba) -> f64 {
    let grey =
        |[r, g, b]: [u8; 3]| 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
    let (one, other) = (on(bar, one), on(bar, other));
    let sum: f64 = one.iter().zip(&other).map(|(a, b)| (grey(*a) - grey(*b)).abs()).sum();
    sum / one.len() as f64
}

/// How much opacity, in whole pixels, the arc for `share` adds to the half transparent track.
fn lit(share: f64, size: u32) -> f64 {
    let without = icon(State::Active, Some(0.0), size);
    let with = icon(State::Active, Some(share), size);
    let alpha = |icon: &Rgba| icon.pixels.chunks_exact(4).map(|p| f64::from(p[3])).sum::<f64>();
    (alpha(&with) - alpha(&without)) / 255.0
}

#[test]
fn a_size_that_was_not_made_gets_the_next_larger() {
    for (asked, given) in [(1, 16), (16, 16), (17, 20), (22, 22), (28, 32), (48, 48), (256, 48)] {
        for state in State::ALL {
            let icon = icon(state, Some(0.5), asked);
            assert_eq!((icon.width, icon.height), (given, given));
            assert_eq!(icon.pixels.len(), (given * given * 4) as usize);
        }
    }
}

#[test]
fn states_are_told_apart_without_colour() {
    for (at, one) in State::ALL.into_iter().enumerate() {
        for other in &State::ALL[at + 1..] {
            for bar in [LIGHT, DARK] {
                let (a, b) = (icon(one, None, 16), icon(*other, None, 16));
                let difference = grey_difference(bar, &a, &b);
                assert!(difference > 20.0, "{one:?} and {other:?}: {difference:.1}");
            }
        }
    }
}

#[test]
fn a_good_part_of_every_icon_stands_out_on_any_bar() {
    for state in State::ALL {
        for bar in [WHITE, LIGHT, DARK, BLACK] {
            for size in [16, 22, 32] {
                let shown = on(bar, &icon(state, None, size));
                let clear = shown.iter().filter(|colour| contrast(**colour, bar) >= 3.0).count();
                let share = clear as f64 / shown.len() as f64;
                assert!(share > 0.15, "{state:?} at {size} on {bar:?}: {share:.2}");
            }
        }
    }
}

#[test]
fn the_ring_is_seen_on_any_bar() {
    // Just right of the top is in the arc, the left edge is in the track.
    for state in [State::Active, State::AtRisk, State::Ending] {
        for (share, bar) in [0.6, 0.1].into_iter().flat_map(|s| [WHITE, BLACK].map(|bar| (s, bar)))
        {
            let shown = on(bar, &icon(state, Some(share), 48));
            let (arc, track) = (shown[48 + 26], shown[24 * 48 + 1]);
            assert!(contrast(arc, bar) >= 3.0, "{state:?}: the arc, {arc:?} on {bar:?}");
            assert!((1.2..3.0).contains(&contrast(track, bar)), "{track:?} on {bar:?}");
        }
    }
}

#[test]
fn the_arc_grows_with_the_share() {
    for size in [16, 22, 48] {
        let mut before = lit(0.0, size);
        for step in 1..=STEPS {
            let now = lit(f64::from(step) / f64::from(STEPS), size);
            assert!(now > before, "step {step} at {size}: {now:.2} after {before:.2}");
            before = now;
        }
    }
}

#[test]
fn the_arc_goes_clockwise_from_the_top() {
    let lit = |share: f64| {
        let picture = icon(State::Active, Some(share), 32);
        // The middle of the ring in the four quarters, clockwise from the top right.
        [(26, 5), (26, 26), (5, 26), (5, 5)]
            .map(|(x, y)| picture.pixels[(y * 32 + x) * 4 + 1] == 0x8a)
    };
    assert_eq!(lit(1.0), [true, true, true, true]);
    assert_eq!(lit(0.75), [true, true, true, false]);
    assert_eq!(lit(0.5), [true, true, false, false]);
    assert_eq!(lit(0.25), [true, false, false, false]);
    assert_eq!(lit(0.0), [false, false, false, false]);
}

#[test]
fn the_last_eighth_is_red() {
    let top = |share: f64| {
        let picture = icon(State::Active, Some(share), 32);
        [0, 1, 2].map(|i| picture.pixels[(32 + 17) * 4 + i])
    };
    assert_eq!(top(0.13), [0x1c, 0x8a, 0x3c]);
    assert_eq!(top(0.125), [0xd9, 0x2f, 0x2f]);
}

#[test]
fn no_ring_where_no_session_lives_or_its_end_is_not_known() {
    for state in State::ALL {
        let same = icon(state, Some(0.5), 24) == icon(state, None, 24);
        let lives = matches!(state, State::Active | State::AtRisk | State::Ending);
        assert_eq!(same, !lives, "{state:?}");
    }
}

#[test]
fn the_ring_does_not_touch_the_badge() {
    for state in [State::Active, State::AtRisk, State::Ending] {
        let icon = icon(state, None, 48);
        for (at, pixel) in icon.pixels.chunks_exact(4).enumerate() {
            let (x, y) = ((at % 48) as f64 - 23.5, (at / 48) as f64 - 23.5);
            assert!(x.hypot(y) < 24.0 - 4.5 + 0.5 || pixel[3] < 64, "{state:?} at {x} {y}");
        }
    }
}

#[test]
fn the_icon_changes_with_the_step_only() {
    assert_eq!((step(0.0), step(0.001), step(0.5), step(1.0)), (0, 1, 16, STEPS));
    assert_eq!((step(-1.0), step(7.0), step(f64::NAN)), (0, STEPS, 0));
    let at = |share| icon(State::Active, Some(share), 22);
    assert_eq!(at(0.501), at(0.53));
    assert_ne!(at(0.5), at(0.501));
}

#[test]
fn argb32_is_in_network_byte_order() {
    let icon = Rgba { width: 2, height: 1, pixels: vec![1, 2, 3, 4, 5, 6, 7, 8] };
    assert_eq!(argb32(&icon), [4, 1, 2, 3, 8, 5, 6, 7]);
}
