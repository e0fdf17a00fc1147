//! Draws a page, and the question before it, with egui. What is shown comes from `model`; what is
//! pressed is handed back.

use std::sync::Arc;

use egui::{
    Align, Color32, Context, CornerRadius, EventFilter, FontId, Frame, Galley, Id, Key, Label,
    Layout, Margin, Rect, Response, RichText, ScrollArea, Sense, Stroke, StrokeKind,
    TopBottomPanel, Ui, Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use super::mark;
use super::model::{HappenedRow, Page, PageAct, PageButton, Plot, StandingQuestion, TimeBar};
use super::scroll::scrolled;
use super::theme::{Theme, plain, strong};
use crate::ui::dialog::{Answer, Dialog};
use crate::ui::texts;

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Press {
    /// A button of the page.
    Act(PageAct),
    /// An answer to the question before it.
    Answer(Answer),
}

/// What is drawn beside the page.
#[derive(Debug)]
pub(super) struct Before<'a> {
    /// The question before the page.
    pub dialog: Option<&'a Dialog>,
    /// It has just come: its safe button takes the keyboard.
    pub dialog_is_new: bool,
    /// The page's own question has just come.
    pub standing_is_new: bool,
    /// How the last thing went, at the foot.
    pub news: Option<&'a str>,
}

/// How a button looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Usual,
    /// The safe answer.
    First,
    /// Ends something.
    Grave,
}

const HEIGHT: f32 = 34.0;
const ROUND: CornerRadius = CornerRadius::same(7);

/// Draws it all; what was pressed.
pub(super) fn draw(ctx: &Context, page: &Page, before: &Before<'_>, theme: &Theme) -> Vec<Press> {
    let mut pressed = Vec::new();
    let foot = Frame::new().fill(theme.ground).inner_margin(Margin::symmetric(18, 12));
    TopBottomPanel::bottom("foot").frame(foot).show_separator_line(true).show(ctx, |ui| {
        if let Some(news) = before.news {
            ui.label(RichText::new(news).font(plain(13.0)).color(theme.quiet));
            ui.add_space(4.0);
        }
        buttons_at_foot(ui, &page.buttons, theme, &mut pressed);
    });
    let ground = Frame::new().fill(theme.ground);
    egui::CentralPanel::default().frame(ground).show(ctx, |ui| {
        let area = ScrollArea::vertical().auto_shrink(false);
        scrolled(ui, area, before.dialog.is_none(), |ui| {
            Frame::new().inner_margin(Margin::symmetric(18, 18)).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 12.0;
                body(ui, page, before, theme, &mut pressed);
            });
        });
    });
    if let Some(dialog) = before.dialog {
        ask(ctx, dialog, before.dialog_is_new, theme, &mut pressed);
    }
    pressed
}

fn body(ui: &mut Ui, page: &Page, before: &Before<'_>, theme: &Theme, pressed: &mut Vec<Press>) {
    head(ui, page, theme);
    if let Some(standing) = &page.question {
        question(ui, standing, before, theme, pressed);
    }
    if page.left.is_some() || !page.facts.is_empty() {
        card(ui, theme.card, theme.line, |ui| {
            if let Some(left) = &page.left {
                time_left(ui, left, theme.of_state(page.state), theme);
            }
            facts(ui, &page.facts, page.left.is_some(), theme);
        });
    }
    if let Some(plot) = &page.plot {
        card(ui, theme.card, theme.line, |ui| plotted(ui, plot, theme));
    }
    if page.state.is_some() {
        card(ui, theme.card, theme.line, |ui| happened(ui, &page.happened, theme));
    }
}

fn card(ui: &mut Ui, fill: Color32, line: Color32, content: impl FnOnce(&mut Ui)) {
    let frame = Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, line))
        .corner_radius(CornerRadius::same(10))
        .inner_margin(Margin::symmetric(16, 14));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        content(ui);
    });
}

fn head(ui: &mut Ui, page: &Page, theme: &Theme) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        if !page.state_word.is_empty() {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(42.0), Sense::hover());
            mark::state(ui.painter(), rect, page.state, theme);
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            if !page.state_word.is_empty() {
                let word = RichText::new(&page.state_word).font(strong(20.0));
                ui.label(word.color(theme.of_state(page.state)));
            }
            let sentence = RichText::new(&page.sentence).font(plain(14.5)).color(theme.text);
            ui.add(Label::new(sentence).wrap());
        });
    });
}

fn question(
    ui: &mut Ui,
    standing: &StandingQuestion,
    before: &Before<'_>,
    theme: &Theme,
    pressed: &mut Vec<Press>,
) {
    card(ui, theme.card, theme.orange, |ui| {
        ui.label(RichText::new(&standing.title).font(strong(17.0)).color(theme.text));
        let text = RichText::new(&standing.text).font(plain(14.0)).color(theme.text);
        ui.add(Label::new(text).wrap());
        if standing.buttons.is_empty() {
            return;
        }
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            for (place, one) in standing.buttons.iter().enumerate() {
                let weight = if place == 0 { Weight::First } else { Weight::Usual };
                let response = button(ui, &one.label, weight, one.enabled, theme);
                if place == 0 && before.standing_is_new && before.dialog.is_none() {
                    response.request_focus();
                }
                if response.clicked() {
                    pressed.push(Press::Act(one.act.clone()));
                }
            }
        });
    });
}

fn time_left(ui: &mut Ui, left: &TimeBar, colour: Color32, theme: &Theme) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(&left.words).font(strong(21.0)).color(theme.text));
        ui.with_layout(Layout::right_to_left(Align::Max), |ui| {
            ui.label(RichText::new(&left.until).font(plain(14.5)).color(theme.quiet));
        });
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 9.0), Sense::hover());
    let round = CornerRadius::same(5);
    ui.painter().rect_filled(rect, round, theme.track);
    let wide = (rect.width() * left.share).max(if left.share > 0.0 { 9.0 } else { 0.0 });
    if !left.until.is_empty() {
        let filled = Rect::from_min_size(rect.min, vec2(wide, rect.height()));
        ui.painter().rect_filled(filled, round, colour);
    }
    response.widget_info(|| {
        WidgetInfo::labeled(WidgetType::ProgressIndicator, true, texts::TIME_LEFT.words())
    });
    let said = format!("{}, {}", left.words, left.until);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(100.0);
        node.set_numeric_value(f64::from((left.share * 100.0).round()));
        node.set_description(said);
    });
}

fn facts(ui: &mut Ui, facts: &[(String, String)], follows: bool, theme: &Theme) {
    if facts.is_empty() {
        return;
    }
    if follows {
        ui.add_space(6.0);
    }
    // Not egui's grid: a new longest name would lie over its value for one picture.
    let names: Vec<_> = facts.iter().map(|(name, _)| laid(ui, name, plain(13.5))).collect();
    let wide = names.iter().map(|name| name.size().x).fold(0.0, f32::max);
    for ((name, value), laid) in facts.iter().zip(names) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 16.0 + wide - laid.size().x;
            ui.label(RichText::new(name).font(plain(13.5)).color(theme.quiet));
            let value = RichText::new(value).font(plain(13.5)).color(theme.text);
            ui.add(Label::new(value).truncate());
        });
    }
}

fn plotted(ui: &mut Ui, plot: &Plot, theme: &Theme) {
    ui.label(RichText::new(texts::SO_FAR.words()).font(strong(14.0)).color(theme.text));
    let size = vec2(ui.available_width(), 92.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let id = response.id;
    let pointed = pointed_at(ui, &response, rect, plot);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, texts::SO_FAR.words()));
    let words = pointed.and_then(|place| plot.columns.get(place)).map(|column| &column.words);
    let said = words.unwrap_or(&plot.summary).clone();
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_role(egui::accesskit::Role::Image);
        node.set_description(said.clone());
    });
    let painter = ui.painter();
    let marks = rect.top() + 6.0;
    let (top, foot) = (rect.top() + 18.0, rect.bottom() - 1.0);
    let wide = rect.width() / plot.room.max(1) as f32;
    let gap = (wide * 0.22).min(2.0);
    painter.hline(rect.x_range(), foot, Stroke::new(1.0, theme.line));
    for (place, column) in plot.columns.iter().enumerate() {
        let left = rect.left() + place as f32 * wide;
        if pointed == Some(place) {
            let band = Rect::from_min_max(pos2(left, rect.top()), pos2(left + wide, foot));
            painter.rect_filled(band, 2.0, theme.hover);
        }
        let high = |count: u32| (foot - top) * count as f32 / plot.most.max(1) as f32;
        let bar =
            |from: f32, to: f32| Rect::from_x_y_ranges(left + gap..=left + wide - gap, to..=from);
        let middle = foot - high(column.accepted);
        if column.accepted > 0 {
            painter.rect_filled(bar(foot, middle), 1.0, theme.green);
        }
        if column.failed > 0 {
            painter.rect_filled(bar(middle, middle - high(column.failed)), 1.0, theme.orange);
        }
        if let Some(kind) = column.mark {
            mark::kind(painter, pos2(left + wide / 2.0, marks), kind, theme);
        }
    }
    if response.has_focus() {
        ring(ui, rect.expand(3.0), theme);
    }
    bring_into_view(&response);
    ui.horizontal(|ui| {
        let small =
            |text: &str| RichText::new(text.to_owned()).font(plain(12.5)).color(theme.quiet);
        match words {
            Some(words) => {
                let line = words.replace('\n', "  ·  ");
                let line = RichText::new(line).font(plain(12.5)).color(theme.text);
                ui.add(Label::new(line).truncate());
            }
            None => {
                ui.label(small(&plot.from));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.label(small(&plot.to));
                });
            }
        }
    });
}

/// The column that the mouse or the keyboard points at.
fn pointed_at(ui: &Ui, response: &Response, rect: Rect, plot: &Plot) -> Option<usize> {
    let count = plot.columns.len();
    if let Some(pointer) = response.hover_pos().filter(|_| count > 0) {
        let share = ((pointer.x - rect.left()) / rect.width()).clamp(0.0, 0.999);
        return Some((share * plot.room as f32) as usize).filter(|place| *place < count);
    }
    if !response.has_focus() || count == 0 {
        return None;
    }
    // The arrows move along the plot while it has the keyboard.
    let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let last = count - 1;
    let place: usize = ui.data(|data| data.get_temp(response.id)).unwrap_or(last).min(last);
    let (left, right) =
        ui.input(|input| (input.num_presses(Key::ArrowLeft), input.num_presses(Key::ArrowRight)));
    let place = (place + right).min(last).saturating_sub(left);
    ui.data_mut(|data| data.insert_temp(response.id, place));
    Some(place)
}

fn happened(ui: &mut Ui, rows: &[HappenedRow], theme: &Theme) {
    ui.label(RichText::new(texts::HAPPENED.words()).font(strong(14.0)).color(theme.text));
    if rows.is_empty() {
        let nothing = RichText::new(texts::NOTHING_HAPPENED.words()).font(plain(13.5));
        ui.label(nothing.color(theme.quiet));
    }
    for row in rows {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 17.0), Sense::hover());
            mark::kind(ui.painter(), rect.center(), row.kind, theme);
            ui.label(RichText::new(&row.time).font(plain(13.5)).color(theme.quiet));
            let text = RichText::new(&row.text).font(plain(13.5)).color(theme.text);
            ui.add(Label::new(text).wrap());
        });
    }
}

fn buttons_at_foot(ui: &mut Ui, buttons: &[PageButton], theme: &Theme, pressed: &mut Vec<Press>) {
    // The last stands apart: it is the one that ends something.
    let (last, rest) = match buttons.split_last() {
        Some((last, rest)) if last.act == PageAct::AskToEnd => (Some(last), rest),
        Some(_) | None => (None, buttons),
    };
    let available = ui.available_width();
    let fits = |ui: &Ui, some: &[PageButton]| {
        let gaps = 8.0 * some.len().saturating_sub(1) as f32;
        let width = |one: &PageButton| text_width(ui, &one.label) + 2.0 * PAD;
        gaps + some.iter().map(width).sum::<f32>() <= available
    };
    let (all_fit, rest_fits) = (fits(ui, buttons), fits(ui, rest));
    let mut add = |ui: &mut Ui, one: &PageButton| {
        let response = button(ui, &one.label, Weight::Usual, one.enabled, theme);
        let response = if one.hint.is_empty() || one.enabled {
            response
        } else {
            response.on_disabled_hover_text(&one.hint)
        };
        if response.clicked() {
            pressed.push(Press::Act(one.act.clone()));
        }
    };
    let at_the_right = |ui: &mut Ui, add: &mut dyn FnMut(&mut Ui, &PageButton)| {
        if let Some(last) = last {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| add(ui, last));
        }
    };
    if all_fit {
        ui.horizontal(|ui| {
            rest.iter().for_each(|one| add(ui, one));
            at_the_right(ui, &mut add);
        });
        return;
    }
    // Other languages take more words.
    ui.vertical(|ui| {
        if rest_fits {
            ui.horizontal(|ui| rest.iter().for_each(|one| add(ui, one)));
        } else {
            rest.iter().for_each(|one| add(ui, one));
        }
        ui.horizontal(|ui| at_the_right(ui, &mut add));
    });
}

/// A question before everything. Escape, a click beside it and Enter are its safe answer.
fn ask(ctx: &Context, dialog: &Dialog, is_new: bool, theme: &Theme, pressed: &mut Vec<Press>) {
    let frame = Frame::new()
        .fill(theme.card)
        .stroke(Stroke::new(1.0, theme.line))
        .corner_radius(CornerRadius::same(12))
        .inner_margin(Margin::same(20));
    let shade = Color32::from_black_alpha(if theme.is_dark { 150 } else { 90 });
    let modal = egui::Modal::new(Id::new("question")).frame(frame).backdrop_color(shade);
    let room = ctx.content_rect().width() - 76.0;
    let shown = modal.show(ctx, |ui| {
        ui.set_width(room.clamp(200.0, 380.0));
        ui.spacing_mut().item_spacing.y = 10.0;
        ui.label(RichText::new(&dialog.title).font(strong(18.0)).color(theme.text));
        let text = RichText::new(&dialog.text).font(plain(14.5)).color(theme.text);
        let high = ui.ctx().content_rect().height() - 220.0;
        scrolled(ui, ScrollArea::vertical().max_height(high), true, |ui| {
            ui.add(Label::new(text).wrap().selectable(true));
        });
        ui.add_space(6.0);
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            // From right to left: the safe one stands at the outer end, where a hand goes first.
            let safe_first = dialog.buttons.iter().filter(|one| one.answer == dialog.safe);
            let others = dialog.buttons.iter().filter(|one| one.answer != dialog.safe);
            for one in safe_first.chain(others) {
                let is_safe = one.answer == dialog.safe;
                let weight = match one.answer {
                    Answer::End | Answer::ShutDownAnyway => Weight::Grave,
                    Answer::Keep | Answer::TryAgain | Answer::Fine => Weight::First,
                };
                let response = button(ui, &one.label, weight, true, theme);
                if is_new && is_safe {
                    response.request_focus();
                }
                if response.clicked() {
                    pressed.push(Press::Answer(one.answer));
                }
            }
        });
    });
    let enter = ctx.input(|input| input.key_pressed(Key::Enter));
    let nobody = ctx.memory(|memory| memory.focused().is_none());
    if pressed.is_empty() && !is_new && (shown.should_close() || enter && nobody) {
        pressed.push(Press::Answer(dialog.safe));
    }
}

const PAD: f32 = 14.0;

fn text_width(ui: &Ui, label: &str) -> f32 {
    laid(ui, label, plain(14.0)).size().x
}

fn laid(ui: &Ui, text: &str, font: FontId) -> Arc<Galley> {
    ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER)
}

fn button(ui: &mut Ui, label: &str, weight: Weight, enabled: bool, theme: &Theme) -> Response {
    let font = if weight == Weight::Usual { plain(14.0) } else { strong(14.0) };
    let galley = laid(ui, label, font);
    let size = vec2(galley.size().x + 2.0 * PAD, HEIGHT);
    let (rect, response) =
        ui.add_enabled_ui(enabled, |ui| ui.allocate_exact_size(size, Sense::click())).inner;
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, label));
    let hot = enabled && (response.hovered() || response.is_pointer_button_down_on());
    let (fill, line, text) = match weight {
        Weight::Usual => (theme.card, theme.line, theme.text),
        Weight::First => (theme.blue, theme.blue, theme.on_colour),
        Weight::Grave => (theme.card, theme.red, theme.red),
    };
    let fill = match (hot, weight) {
        (true, Weight::Usual | Weight::Grave) => theme.hover,
        (true, Weight::First) => mixed(fill, theme.text, 0.12),
        (false, _) => fill,
    };
    let text = if enabled { text } else { mixed(theme.quiet, theme.ground, 0.45) };
    let painter = ui.painter();
    painter.rect(rect, ROUND, fill, Stroke::new(1.0, line), StrokeKind::Inside);
    painter.galley(rect.center() - galley.size() / 2.0, galley, text);
    if response.has_focus() {
        ring(ui, rect.expand(3.0), theme);
    }
    bring_into_view(&response);
    response
}

/// Whoever comes to it by the keyboard sees it.
fn bring_into_view(response: &Response) {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
}

/// Where the keyboard is.
fn ring(ui: &Ui, rect: Rect, theme: &Theme) {
    let stroke = Stroke::new(2.0, theme.blue);
    ui.painter().rect_stroke(rect, CornerRadius::same(9), stroke, StrokeKind::Inside);
}

fn mixed(one: Color32, other: Color32, share: f32) -> Color32 {
    one.lerp_to_gamma(other, share)
}
