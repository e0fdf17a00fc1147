//! What winit tells of the mouse, the keyboard and the screen, as egui wants to hear it.

use std::time::Instant;

use egui::{
    Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect, Vec2, ViewportId,
};
use winit::dpi::PhysicalPosition;
use winit::event::{
    ElementState, KeyEvent, MouseButton, MouseScrollDelta, Touch, TouchPhase, WindowEvent,
};
use winit::keyboard::{KeyCode, ModifiersState, NamedKey, PhysicalKey};
use winit::window::{CursorIcon, Window};

/// What came since the last picture.
#[derive(Debug)]
pub(super) struct Input {
    raw: RawInput,
    begun: Instant,
    pointer: Option<Pos2>,
    finger: Option<u64>,
    cursor: Option<egui::CursorIcon>,
}

impl Input {
    pub(super) fn new(window: &Window) -> Self {
        let raw = RawInput { focused: window.has_focus(), ..RawInput::default() };
        Self { raw, begun: Instant::now(), pointer: None, finger: None, cursor: None }
    }

    pub(super) fn push(&mut self, event: Event) {
        self.raw.events.push(event);
    }

    /// True if the picture may change with it.
    pub(super) fn hear(&mut self, window: &Window, event: &WindowEvent) -> bool {
        match event {
            WindowEvent::CursorMoved { position, .. } => self.point_at(window, *position),
            WindowEvent::CursorLeft { .. } => self.leave(),
            WindowEvent::MouseInput { state, button, .. } => {
                let Some(button) = pointer_button(*button) else { return false };
                self.press(button, state.is_pressed());
            }
            WindowEvent::MouseWheel { delta, .. } => self.turn(window, *delta),
            WindowEvent::Touch(touch) => self.touch(window, touch),
            WindowEvent::ModifiersChanged(held) => self.raw.modifiers = modifiers(held.state()),
            // Made up by winit when the keyboard's focus comes or goes: nobody pressed it.
            WindowEvent::KeyboardInput { event, is_synthetic: true, .. }
                if event.state == ElementState::Pressed => {}
            WindowEvent::KeyboardInput { event, .. } => self.strike(event),
            WindowEvent::Focused(focused) => {
                self.raw.focused = *focused;
                self.push(Event::WindowFocused(*focused));
            }
            WindowEvent::Resized(_)
            | WindowEvent::ScaleFactorChanged { .. }
            | WindowEvent::ThemeChanged(_)
            | WindowEvent::Occluded(false) => {}
            _ => return false,
        }
        true
    }

    /// All that came, with the window's size now.
    pub(super) fn take(&mut self, window: &Window) -> RawInput {
        self.raw.time = Some(self.begun.elapsed().as_secs_f64());
        let scale = window.scale_factor() as f32;
        let size = window.inner_size();
        let points = Vec2::new(size.width as f32, size.height as f32) / scale;
        // Windows calls a minimised window empty.
        self.raw.screen_rect =
            (points.x > 0.0 && points.y > 0.0).then(|| Rect::from_min_size(Pos2::ZERO, points));
        let root = self.raw.viewports.entry(ViewportId::ROOT).or_default();
        root.native_pixels_per_point = Some(scale);
        self.raw.take()
    }

    /// Shows `wanted` while the mouse is over the window.
    pub(super) fn show_cursor(&mut self, window: &Window, wanted: egui::CursorIcon) {
        let shown = self.pointer.is_some().then_some(wanted);
        if std::mem::replace(&mut self.cursor, shown) != shown && shown.is_some() {
            window.set_cursor(match wanted {
                egui::CursorIcon::PointingHand => CursorIcon::Pointer,
                egui::CursorIcon::Text => CursorIcon::Text,
                _ => CursorIcon::Default,
            });
        }
    }

    fn point_at(&mut self, window: &Window, position: PhysicalPosition<f64>) {
        let at: PhysicalPosition<f32> = position.cast();
        let scale = window.scale_factor() as f32;
        let at = Pos2::new(at.x / scale, at.y / scale);
        self.pointer = Some(at);
        self.push(Event::PointerMoved(at));
    }

    fn leave(&mut self) {
        self.pointer = None;
        self.push(Event::PointerGone);
    }

    fn press(&mut self, button: PointerButton, pressed: bool) {
        let Some(pos) = self.pointer else { return };
        let modifiers = self.raw.modifiers;
        self.push(Event::PointerButton { pos, button, pressed, modifiers });
    }

    /// One finger is a mouse.
    fn touch(&mut self, window: &Window, touch: &Touch) {
        if *self.finger.get_or_insert(touch.id) != touch.id {
            return;
        }
        self.point_at(window, touch.location);
        match touch.phase {
            TouchPhase::Started => self.press(PointerButton::Primary, true),
            TouchPhase::Moved => {}
            TouchPhase::Ended | TouchPhase::Cancelled => {
                if touch.phase == TouchPhase::Ended {
                    self.press(PointerButton::Primary, false);
                }
                self.finger = None;
                self.leave();
            }
        }
    }

    fn turn(&mut self, window: &Window, delta: MouseScrollDelta) {
        let (unit, delta) = match delta {
            MouseScrollDelta::LineDelta(x, y) => (MouseWheelUnit::Line, Vec2::new(x, y)),
            MouseScrollDelta::PixelDelta(by) => {
                let by: PhysicalPosition<f32> = by.cast();
                let scale = window.scale_factor() as f32;
                (MouseWheelUnit::Point, Vec2::new(by.x, by.y) / scale)
            }
        };
        let modifiers = self.raw.modifiers;
        self.push(Event::MouseWheel { unit, delta, modifiers });
    }

    fn strike(&mut self, event: &KeyEvent) {
        let Some(key) = key(event) else { return };
        let modifiers = self.raw.modifiers;
        let pressed = event.state.is_pressed();
        if pressed && key == Key::C && modifiers.command {
            self.push(Event::Copy);
            return;
        }
        // egui finds out itself what is a repetition.
        self.push(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
    }
}

fn pointer_button(button: MouseButton) -> Option<PointerButton> {
    match button {
        MouseButton::Left => Some(PointerButton::Primary),
        MouseButton::Right => Some(PointerButton::Secondary),
        MouseButton::Middle => Some(PointerButton::Middle),
        MouseButton::Back | MouseButton::Forward | MouseButton::Other(_) => None,
    }
}

fn modifiers(held: ModifiersState) -> Modifiers {
    Modifiers {
        alt: held.alt_key(),
        ctrl: held.control_key(),
        shift: held.shift_key(),
        mac_cmd: false,
        command: held.control_key(),
    }
}

/// The keys that the window knows; nothing is typed into it.
fn key(event: &KeyEvent) -> Option<Key> {
    use winit::keyboard::Key as Logical;
    Some(match &event.logical_key {
        Logical::Named(NamedKey::Tab) => Key::Tab,
        Logical::Named(NamedKey::Enter) => Key::Enter,
        Logical::Named(NamedKey::Escape) => Key::Escape,
        Logical::Named(NamedKey::Space) => Key::Space,
        Logical::Named(NamedKey::ArrowLeft) => Key::ArrowLeft,
        Logical::Named(NamedKey::ArrowRight) => Key::ArrowRight,
        Logical::Named(NamedKey::ArrowUp) => Key::ArrowUp,
        Logical::Named(NamedKey::ArrowDown) => Key::ArrowDown,
        Logical::Named(NamedKey::PageUp) => Key::PageUp,
        Logical::Named(NamedKey::PageDown) => Key::PageDown,
        Logical::Named(NamedKey::Home) => Key::Home,
        Logical::Named(NamedKey::End) => Key::End,
        Logical::Character(letter) if letter.eq_ignore_ascii_case("c") => Key::C,
        // By its place where the layout has no Latin letters.
        Logical::Character(letter)
            if !letter.is_ascii() && event.physical_key == PhysicalKey::Code(KeyCode::KeyC) =>
        {
            Key::C
        }
        _ => return None,
    })
}
