//! Brings pictures onto the screen: winit's window, egui's input and shapes, drawn by the processor into
//! softbuffer's memory, and the same as a tree for screen readers.

use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Instant;

use accesskit_winit::{Adapter, WindowEvent as Accessibility};
use egui_software_backend::{BufferMutRef, ColorFieldOrder, EguiSoftwareRender};
use softbuffer::{Context, Surface};
use winit::dpi::{LogicalSize, PhysicalSize};
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoopProxy, OwnedDisplayHandle};
use winit::window::{Icon, Theme as Appearance, UserAttentionType, Window};

use super::draw::{self, Before, Press};
use super::fonts::Fonts;
use super::input::Input;
use super::model::Page;
use super::theme::Theme;
use super::{LoopEvent, WindowError};
use crate::desktop::appearance;
use crate::session::State;
use crate::ui::icon::icon;
use crate::ui::language::Language;
use crate::ui::texts;

/// In logical pixels.
const SIZE: LogicalSize<f64> = LogicalSize::new(480.0, 680.0);
const SMALLEST: LogicalSize<f64> = LogicalSize::new(320.0, 300.0);

/// The window on the screen.
pub(super) struct WindowScreen {
    adapter: Adapter,
    input: Input,
    ctx: egui::Context,
    fonts: Fonts,
    renderer: EguiSoftwareRender,
    clipboard: Option<arboard::Clipboard>,
    next_picture: Option<Instant>,
    given: Option<bool>,
    shown_icon: Option<State>,
    title: String,
    is_shown: bool,
    is_seen: bool,
    surface: Surface<OwnedDisplayHandle, Rc<Window>>,
    window: Rc<Window>,
}

impl WindowScreen {
    pub(super) fn new(
        events: &ActiveEventLoop,
        proxy: EventLoopProxy<LoopEvent>,
    ) -> Result<Self, WindowError> {
        // Invisible until its tree can be read.
        let attributes = Window::default_attributes()
            .with_title(texts::TITLE)
            .with_inner_size(SIZE)
            .with_min_inner_size(SMALLEST)
            .with_visible(false);
        let window = events.create_window(appearance::named(attributes));
        let window = Rc::new(window?);
        fit(&window);
        let adapter = Adapter::with_event_loop_proxy(events, &window, proxy);
        let context = Context::new(events.owned_display_handle())?;
        let surface = Surface::new(&context, window.clone())?;
        let ctx = egui::Context::default();
        ctx.options_mut(|options| {
            // Ours alone: the window's scale is the desktop's.
            options.zoom_with_keyboard = false;
        });
        let input = Input::new(&window);
        let fonts = Fonts::new(&ctx);
        Ok(Self {
            adapter,
            input,
            ctx,
            fonts,
            renderer: EguiSoftwareRender::new(ColorFieldOrder::Bgra),
            clipboard: None,
            next_picture: None,
            given: None,
            shown_icon: None,
            title: String::new(),
            is_shown: false,
            is_seen: true,
            surface,
            window,
        })
    }

    pub(super) fn appearance(&self) -> Option<Appearance> {
        self.window.theme()
    }

    pub(super) fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// False while nobody can see it: nothing has to be drawn then.
    pub(super) fn is_seen(&self) -> bool {
        self.is_seen
    }

    pub(super) fn next_picture(&self) -> Option<Instant> {
        self.next_picture
    }

    pub(super) fn show(&mut self) {
        self.is_shown = true;
        self.window.set_visible(true);
        self.raise();
        self.window.request_redraw();
    }

    /// Before all others, with the keyboard.
    pub(super) fn raise(&self) {
        self.window.set_minimized(false);
        self.window.focus_window();
        if !self.window.has_focus() {
            self.window.request_user_attention(Some(UserAttentionType::Informational));
        }
    }

    pub(super) fn ask_for_picture(&self) {
        self.window.request_redraw();
    }

    pub(super) fn hear_accessibility(&mut self, event: Accessibility) {
        match event {
            Accessibility::InitialTreeRequested => self.ctx.enable_accesskit(),
            Accessibility::ActionRequested(request) => {
                let event = egui::Event::AccessKitActionRequest(request);
                self.input.push(event);
            }
            Accessibility::AccessibilityDeactivated => self.ctx.disable_accesskit(),
        }
    }

    /// True if there is something to draw.
    pub(super) fn hear(&mut self, event: &WindowEvent) -> bool {
        self.adapter.process_event(&self.window, event);
        if let WindowEvent::Occluded(hidden) = event {
            self.is_seen = !hidden;
        }
        if matches!(event, WindowEvent::RedrawRequested) {
            return false;
        }
        self.input.hear(&self.window, event)
    }

    /// Puts `text` on the clipboard, for as long as the window is open.
    pub(super) fn copy(&mut self, text: &str) -> bool {
        if self.clipboard.is_none() {
            self.clipboard = arboard::Clipboard::new().ok();
        }
        self.clipboard.as_mut().is_some_and(|clipboard| clipboard.set_text(text).is_ok())
    }

    pub(super) fn draw(
        &mut self,
        page: &Page,
        before: &Before<'_>,
        theme: &Theme,
    ) -> Result<Vec<Press>, WindowError> {
        let PhysicalSize { width, height } = self.window.inner_size();
        let (Some(wide), Some(high)) = (NonZeroU32::new(width), NonZeroU32::new(height)) else {
            return Ok(Vec::new());
        };
        if self.given != Some(theme.is_dark) {
            theme.give(&self.ctx);
            self.given = Some(theme.is_dark);
        }
        self.learn(page, before);
        self.follow_state(page.state);
        self.follow_title(page, before);
        let input = self.input.take(&self.window);
        let mut pressed = Vec::new();
        let output = self.ctx.run(input, |ctx| {
            // egui may go over the page twice; what was pressed counts once.
            let now = draw::draw(ctx, page, before, theme);
            if pressed.is_empty() {
                pressed = now;
            }
        });
        self.after(output, wide, high, theme)?;
        Ok(pressed)
    }

    fn after(
        &mut self,
        mut output: egui::FullOutput,
        wide: NonZeroU32,
        high: NonZeroU32,
        theme: &Theme,
    ) -> Result<(), WindowError> {
        if let Some(mut update) = output.platform_output.accesskit_update.take() {
            // egui gives the window itself no name.
            let root = update.tree.as_ref().map(|tree| tree.root);
            if let Some((_, node)) = update.nodes.iter_mut().find(|(id, _)| Some(*id) == root) {
                node.set_label(self.title.as_str());
            }
            self.adapter.update_if_active(|| update);
        }
        for command in std::mem::take(&mut output.platform_output.commands) {
            match command {
                egui::OutputCommand::CopyText(text) => {
                    self.copy(&text);
                }
                egui::OutputCommand::CopyImage(_) | egui::OutputCommand::OpenUrl(_) => {}
            }
        }
        self.input.show_cursor(&self.window, output.platform_output.cursor_icon);
        let delay =
            output.viewport_output.get(&egui::ViewportId::ROOT).map(|one| one.repaint_delay);
        self.next_picture = delay.and_then(|delay| Instant::now().checked_add(delay));
        let jobs = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        self.surface.resize(wide, high)?;
        let mut buffer = self.surface.buffer_mut()?;
        let [red, green, blue, _] = theme.ground.to_array();
        buffer.fill(u32::from_be_bytes([0, red, green, blue]));
        let (width, height) = (wide.get() as usize, high.get() as usize);
        let pixels = bytemuck::cast_slice_mut(&mut buffer);
        let mut target = BufferMutRef::new(pixels, width, height);
        let points = output.pixels_per_point;
        self.renderer.render(&mut target, &jobs, &output.textures_delta, points);
        self.window.pre_present_notify();
        Ok(buffer.present()?)
    }

    /// Sees to the letters of `language`; false if no font of this computer has them.
    pub(super) fn speak(&mut self, language: Language) -> bool {
        self.fonts.speak(&self.ctx, language)
    }

    /// Other scripts than ours come in names and messages.
    fn learn(&mut self, page: &Page, before: &Before<'_>) {
        let facts = page.facts.iter().map(|(_, value)| value.as_str());
        let happened = page.happened.iter().map(|row| row.text.as_str());
        let standing = page.question.iter().map(|one| one.text.as_str());
        let asked = before.dialog.iter().map(|dialog| dialog.text.as_str());
        let texts =
            facts.chain(happened).chain(standing).chain(asked).chain([page.sentence.as_str()]);
        for text in texts {
            self.fonts.learn(&self.ctx, text);
        }
    }

    /// The title says what is asked.
    fn follow_title(&mut self, page: &Page, before: &Before<'_>) {
        let dialog = before.dialog.map(|dialog| dialog.title.as_str());
        let asked = dialog.or(page.question.as_ref().map(|standing| standing.window.as_str()));
        let title = match asked {
            Some(asked) if asked != texts::TITLE => format!("{asked} – {}", texts::TITLE),
            Some(_) | None => texts::TITLE.to_owned(),
        };
        if title != self.title {
            self.window.set_title(&title);
            self.title = title;
        }
    }

    /// The task bar shows the state as the tray does.
    fn follow_state(&mut self, state: Option<State>) {
        let state = state.unwrap_or(State::NeedsAttention);
        if self.shown_icon.replace(state) == Some(state) {
            return;
        }
        let picture = icon(state, None, 48);
        if let Ok(icon) = Icon::from_rgba(picture.pixels, picture.width, picture.height) {
            self.window.set_window_icon(Some(icon));
        }
    }
}

/// Smaller where the screen is.
fn fit(window: &Window) {
    let Some(monitor) = window.primary_monitor().or_else(|| window.available_monitors().next())
    else {
        return;
    };
    let (size, room) = (window.inner_size(), monitor.size());
    // Room for a panel and the window's frame.
    let most = PhysicalSize::new(room.width * 9 / 10, room.height * 17 / 20);
    let fitted = PhysicalSize::new(size.width.min(most.width), size.height.min(most.height));
    if fitted != size && fitted.width > 0 && fitted.height > 0 {
        let _at_once = window.request_inner_size(fitted);
    }
}
