//! Gates: a test stops a call at a point, looks, kills something, and lets the call go.

use crate::sandbox::Sandbox;
use crate::sandbox::action::{Action, Target};

/// Where a call is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It arrived and had no effect yet.
    BeforeEffect,
    /// It took effect; the caller has no answer yet.
    BeforeAnswer,
}

/// All gates that stand.
#[derive(Default)]
pub(in crate::sandbox) struct Gates {
    gates: Vec<SetBreakpoint>,
    next_id: u64,
}

struct SetBreakpoint {
    id: u64,
    target: Target,
    moment: Moment,
    held: Vec<Action>,
}

/// A gate that holds calls back until it is opened or dropped.
///
/// A held caller counts as busy: on a simulated clock no time passes meanwhile.
#[must_use = "a gate opens when it is dropped"]
pub struct Gate {
    sandbox: Sandbox,
    id: u64,
}

impl Gate {
    /// Waits until a call is held, and says which.
    pub async fn reached(&self) -> Action {
        self.sandbox.until(|_| self.held().first().copied()).await
    }

    /// The calls that are held now.
    pub fn held(&self) -> Vec<Action> {
        self.sandbox.with(|world, _| {
            world.gates.find(self.id).map(|gate| gate.held.clone()).unwrap_or_default()
        })
    }

    /// Lets the calls go; later ones are not held.
    pub fn open(self) {}
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.sandbox.with(|world, _| world.gates.gates.retain(|gate| gate.id != self.id));
        self.sandbox.touch();
    }
}

impl Gates {
    fn find(&mut self, id: u64) -> Option<&mut SetBreakpoint> {
        self.gates.iter_mut().find(|gate| gate.id == id)
    }
}

/// A call's place at a gate; given up when its caller goes.
struct WaitingCall<'a>(&'a Sandbox, u64, Action);

impl Drop for WaitingCall<'_> {
    fn drop(&mut self) {
        let Self(sandbox, id, action) = self;
        sandbox.with(|world, _| {
            if let Some(gate) = world.gates.find(*id)
                && let Some(index) = gate.held.iter().position(|held| held == action)
            {
                gate.held.remove(index);
            }
        });
        sandbox.touch();
    }
}

impl Sandbox {
    /// Holds back the calls that `target` names, at `moment`, until the gate is opened.
    pub fn hold(&self, target: impl Into<Target>, moment: Moment) -> Gate {
        let target = target.into();
        let id = self.with(|world, _| {
            let gates = &mut world.gates;
            gates.next_id += 1;
            gates.gates.push(SetBreakpoint { id: gates.next_id, target, moment, held: Vec::new() });
            gates.next_id
        });
        Gate { sandbox: self.clone(), id }
    }

    /// Stops a call at the gates that stand for it.
    pub(in crate::sandbox) async fn pass_gates(&self, action: Action, moment: Moment) {
        let gates: Vec<u64> = self.with(|world, _| {
            let mine =
                |gate: &&mut SetBreakpoint| gate.moment == moment && gate.target.covers(action);
            let mine = world.gates.gates.iter_mut().filter(mine);
            mine.map(|gate| {
                gate.held.push(action);
                gate.id
            })
            .collect()
        });
        let places: Vec<_> = gates.iter().map(|id| WaitingCall(self, *id, action)).collect();
        if places.is_empty() {
            return;
        }
        self.touch();
        self.until(|sandbox| {
            let stands = |world: &mut crate::sandbox::World| {
                gates.iter().any(|id| world.gates.find(*id).is_some())
            };
            (!sandbox.with(|world, _| stands(world))).then_some(())
        })
        .await;
    }
}
