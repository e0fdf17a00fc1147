//! The mark of a state, drawn from the same shapes as the tray's icons: told apart without colour.

use egui::epaint::PathShape;
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, vec2};

use super::theme::Theme;
use crate::session::State;
use crate::ui::history::HappeningKind;

/// Draws the mark of `state` into `rect`, on the 32-unit grid of resources/icons.
pub(super) fn state(painter: &Painter, rect: Rect, state: Option<State>, theme: &Theme) {
    let (colour, on) = (theme.of_state(state), theme.on_colour);
    let scale = rect.width() / 32.0;
    let at = |x: f32, y: f32| rect.min + vec2(x, y) * scale;
    let line = |points: &[(f32, f32)], width: f32, colour: Color32| {
        let points: Vec<Pos2> = points.iter().map(|&(x, y)| at(x, y)).collect();
        painter.add(Shape::line(points, Stroke::new(width * scale, colour)));
    };
    let shape = |points: &[(f32, f32)]| {
        let points: Vec<Pos2> = points.iter().map(|&(x, y)| at(x, y)).collect();
        // The stroke rounds the corners a little, as in the icons.
        let stroke = Stroke::new(3.0 * scale, colour);
        painter.add(Shape::Path(PathShape::convex_polygon(points, colour, stroke)));
    };
    let exclamation = |top: f32, foot: f32| {
        line(&[(16.0, top), (16.0, foot - 4.5)], 3.4, on);
        painter.circle_filled(at(16.0, foot - 0.6), 2.0 * scale, on);
    };
    match state {
        Some(State::Waiting) => {
            painter.circle_stroke(at(16.0, 16.0), 12.6 * scale, Stroke::new(3.2 * scale, colour));
            for x in [10.0, 16.0, 22.0] {
                painter.circle_filled(at(x, 16.0), 1.9 * scale, colour);
            }
        }
        Some(State::Active) => {
            painter.circle_filled(at(16.0, 16.0), 14.5 * scale, colour);
            let beat =
                [(5.2, 17.0), (11.0, 17.0), (13.8, 9.8), (18.3, 22.4), (20.8, 17.0), (26.8, 17.0)];
            line(&beat, 2.6, on);
        }
        Some(State::AtRisk) => {
            shape(&[(16.0, 4.0), (29.0, 26.5), (3.0, 26.5)]);
            exclamation(11.5, 25.0);
        }
        Some(State::Ending) => {
            painter.circle_filled(at(16.0, 16.0), 14.5 * scale, colour);
            // An hourglass.
            line(&[(10.0, 8.6), (22.0, 8.6)], 2.4, on);
            line(&[(10.0, 23.4), (22.0, 23.4)], 2.4, on);
            for (wide, tip) in [(9.6, 15.8), (22.4, 16.2)] {
                let points = vec![at(11.4, wide), at(20.6, wide), at(16.0, tip)];
                painter.add(Shape::convex_polygon(points, on, Stroke::new(0.8 * scale, on)));
            }
        }
        Some(State::Closed) => {
            painter.rect_filled(rect.shrink(1.8 * scale), 6.0 * scale, colour);
            line(&[(8.8, 16.5), (13.8, 21.5), (23.2, 10.9)], 3.6, on);
        }
        Some(State::EndedElsewhere) => {
            shape(&[(16.0, 3.0), (29.0, 16.0), (16.0, 29.0), (3.0, 16.0)]);
            line(&[(11.4, 11.4), (20.6, 20.6)], 3.6, on);
            line(&[(20.6, 11.4), (11.4, 20.6)], 3.6, on);
        }
        Some(State::NeedsAttention) | None => {
            let near = 10.6;
            let far = 32.0 - near;
            shape(&[
                (near, 3.0),
                (far, 3.0),
                (29.0, near),
                (29.0, far),
                (far, 29.0),
                (near, 29.0),
                (3.0, far),
                (3.0, near),
            ]);
            exclamation(8.6, 24.4);
        }
    }
}

/// Draws the mark of a happening round `centre`: a dot, a square, a triangle, a diamond.
pub(super) fn kind(painter: &Painter, centre: Pos2, kind: HappeningKind, theme: &Theme) {
    let colour = theme.of_kind(kind);
    let shape = |points: &[(f32, f32)]| {
        let points = points.iter().map(|&(x, y)| centre + vec2(x, y)).collect();
        painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
    };
    match kind {
        HappeningKind::Good => {
            painter.circle_filled(centre, 3.6, colour);
        }
        HappeningKind::Told => {
            painter.rect_filled(Rect::from_center_size(centre, vec2(6.4, 6.4)), 1.0, colour);
        }
        HappeningKind::Trouble => shape(&[(0.0, -4.4), (4.6, 3.6), (-4.6, 3.6)]),
        HappeningKind::Renewed => shape(&[(0.0, -4.6), (4.6, 0.0), (0.0, 4.6), (-4.6, 0.0)]),
    }
}
