//! What does not fit is scrolled: by the wheel, by a finger or the mouse, and by the keyboard wherever it is.
//!
//! egui draws and places it. Its own handles would take the keyboard's focus, and have no name to be
//! told by: ours are not in its way.

use egui::scroll_area::ScrollSource;
use egui::{Id, Key, Pos2, Rect, Response, ScrollArea, Sense, Ui, pos2};

/// So wide is the place where the bar can be taken.
const BAR: f32 = 10.0;
/// Of what is seen, so much is new after Page Down.
const PAGE: f32 = 0.9;

/// Shows `content` in `area`; the keyboard moves it if `has_keys`.
pub(super) fn scrolled(
    ui: &mut Ui,
    area: ScrollArea,
    has_keys: bool,
    content: impl FnOnce(&mut Ui),
) {
    let id = ui.id().with("scrolled");
    // Where it was the last time: what it holds comes after, and before it for the mouse.
    let known: Option<Rect> = ui.data(|data| data.get_temp(id));
    let body = known.map(|rect| ui.interact(rect, id.with("body"), Sense::DRAG));
    let source = ScrollSource { scroll_bar: false, drag: false, mouse_wheel: true };
    let mut shown = area.scroll_source(source).show(ui, content);
    let seen = shown.inner_rect;
    let room = shown.content_size.y - seen.height();
    if room <= 0.5 {
        ui.data_mut(|data| data.remove::<Rect>(id));
        return;
    }
    ui.data_mut(|data| data.insert_temp(id, seen));
    let before = shown.state.offset.y;
    let mut offset = before;
    if let Some(body) = body.filter(Response::dragged) {
        offset -= body.drag_delta().y;
    }
    let bar = Rect::from_min_max(pos2(ui.max_rect().right() - BAR, seen.top()), ui.max_rect().max);
    let bar =
        ui.interact(bar.intersect(ui.clip_rect()), id.with("bar"), Sense::CLICK | Sense::DRAG);
    if let Some(pointer) = bar.interact_pointer_pos() {
        offset = taken(ui, id, seen, before, room, pointer);
    } else {
        ui.data_mut(|data| data.remove::<f32>(id.with("grip")));
    }
    if has_keys {
        offset = ui.input(|input| {
            let presses = |key| input.num_presses(key) as f32;
            let pages = presses(Key::PageDown) - presses(Key::PageUp);
            match (input.key_pressed(Key::Home), input.key_pressed(Key::End)) {
                (true, _) => 0.0,
                (false, true) => room,
                (false, false) => offset + pages * PAGE * seen.height(),
            }
        });
    }
    let offset = offset.clamp(0.0, room);
    if (offset - before).abs() > f32::EPSILON {
        shown.state.offset.y = offset;
        shown.state.store(ui.ctx(), shown.id);
        ui.ctx().request_repaint();
    }
}

/// Where the bar goes that was taken, or pressed beside its handle: the handle's middle comes there.
fn taken(ui: &Ui, id: Id, seen: Rect, offset: f32, room: f32, pointer: Pos2) -> f32 {
    let handle = (seen.height() * seen.height() / (seen.height() + room))
        .max(ui.spacing().scroll.handle_min_length);
    let travel = (seen.height() - handle).max(1.0);
    let top = seen.top() + offset / room * travel;
    let grip = id.with("grip");
    let held = ui.data(|data| data.get_temp::<f32>(grip)).unwrap_or_else(|| {
        let on_handle = (top..=top + handle).contains(&pointer.y);
        if on_handle { pointer.y - top } else { handle / 2.0 }
    });
    ui.data_mut(|data| data.insert_temp(grip, held));
    (pointer.y - held - seen.top()) / travel * room
}
