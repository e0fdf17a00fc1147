//! Colours and sizes, for light and dark. Nothing here knows what is shown.

use egui::{Color32, CornerRadius, FontFamily, FontId, Stroke};

use crate::session::State;
use crate::ui::history::HappeningKind;

/// The colours of one appearance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    pub ground: Color32,
    pub card: Color32,
    pub line: Color32,
    pub text: Color32,
    pub quiet: Color32,
    pub track: Color32,
    pub hover: Color32,
    pub blue: Color32,
    pub green: Color32,
    pub orange: Color32,
    pub red: Color32,
    pub violet: Color32,
    pub pink: Color32,
    pub slate: Color32,
    pub on_colour: Color32,
    pub is_dark: bool,
}

const LIGHT: Theme = Theme {
    ground: Color32::from_rgb(0xf4, 0xf5, 0xf7),
    card: Color32::from_rgb(0xff, 0xff, 0xff),
    line: Color32::from_rgb(0xdd, 0xe1, 0xe7),
    text: Color32::from_rgb(0x1b, 0x20, 0x28),
    quiet: Color32::from_rgb(0x59, 0x63, 0x70),
    track: Color32::from_rgb(0xe4, 0xe8, 0xed),
    hover: Color32::from_rgb(0xec, 0xef, 0xf3),
    blue: Color32::from_rgb(0x1f, 0x5f, 0xc4),
    green: Color32::from_rgb(0x1c, 0x8a, 0x3c),
    orange: Color32::from_rgb(0xb8, 0x58, 0x00),
    red: Color32::from_rgb(0xc0, 0x28, 0x28),
    violet: Color32::from_rgb(0x6a, 0x56, 0xc8),
    pink: Color32::from_rgb(0xa8, 0x38, 0x76),
    slate: Color32::from_rgb(0x5a, 0x6c, 0x82),
    on_colour: Color32::WHITE,
    is_dark: false,
};

const DARK: Theme = Theme {
    ground: Color32::from_rgb(0x17, 0x19, 0x1d),
    card: Color32::from_rgb(0x20, 0x23, 0x29),
    line: Color32::from_rgb(0x34, 0x39, 0x42),
    text: Color32::from_rgb(0xec, 0xee, 0xf1),
    quiet: Color32::from_rgb(0xa3, 0xac, 0xb8),
    track: Color32::from_rgb(0x33, 0x38, 0x41),
    hover: Color32::from_rgb(0x2b, 0x2f, 0x37),
    blue: Color32::from_rgb(0x7d, 0xb0, 0xff),
    green: Color32::from_rgb(0x52, 0xc7, 0x74),
    orange: Color32::from_rgb(0xf2, 0xa2, 0x4a),
    red: Color32::from_rgb(0xf5, 0x8b, 0x84),
    violet: Color32::from_rgb(0xa9, 0x9b, 0xf2),
    pink: Color32::from_rgb(0xe3, 0x8b, 0xbe),
    slate: Color32::from_rgb(0x9f, 0xb0, 0xc4),
    on_colour: Color32::from_rgb(0x12, 0x14, 0x17),
    is_dark: true,
};

impl Theme {
    pub(super) fn new(is_dark: bool) -> Self {
        if is_dark { DARK } else { LIGHT }
    }

    /// The colour of a state; told apart by the mark's shape as well.
    pub(super) fn of_state(&self, state: Option<State>) -> Color32 {
        match state {
            Some(State::Waiting) => self.slate,
            Some(State::Active) => self.green,
            Some(State::AtRisk) => self.orange,
            Some(State::Ending) => self.blue,
            Some(State::Closed) => self.violet,
            Some(State::EndedElsewhere) => self.pink,
            Some(State::NeedsAttention) | None => self.red,
        }
    }

    pub(super) fn of_kind(&self, kind: HappeningKind) -> Color32 {
        match kind {
            HappeningKind::Good => self.green,
            HappeningKind::Told => self.blue,
            HappeningKind::Trouble => self.orange,
            HappeningKind::Renewed => self.violet,
        }
    }

    /// Gives egui's own parts (scroll bars, tooltips) these colours.
    pub(super) fn give(&self, ctx: &egui::Context) {
        let mut visuals = if self.is_dark { egui::Visuals::dark() } else { egui::Visuals::light() };
        visuals.panel_fill = self.ground;
        visuals.window_fill = self.card;
        visuals.window_stroke = Stroke::new(1.0, self.line);
        visuals.widgets.noninteractive.bg_stroke = visuals.window_stroke;
        visuals.menu_corner_radius = CornerRadius::same(6);
        visuals.popup_shadow = egui::Shadow::NONE;
        visuals.override_text_color = Some(self.text);
        let theme = if self.is_dark { egui::Theme::Dark } else { egui::Theme::Light };
        ctx.set_theme(theme);
        ctx.style_mut_of(theme, |style| {
            style.visuals = visuals;
            // Nothing moves by itself: each picture costs, and a calm window is easier to read.
            style.animation_time = 0.0;
            style.interaction.selectable_labels = false;
            style.interaction.tooltip_delay = 0.15;
            style.spacing.item_spacing = egui::vec2(8.0, 6.0);
            style.spacing.scroll = egui::style::ScrollStyle::thin();
        });
    }
}

/// Text of this size.
pub(super) fn plain(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// The same, heavier.
pub(super) fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(super::fonts::STRONG.into()))
}
