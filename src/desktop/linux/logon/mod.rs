//! The logon that this process serves, and its end: what logind says of it (`session`), and what goes
//! away with it (`signs`). When it is over this process is to end too. Signals are `stop`'s, the end
//! of the machine is `session_end`'s.

mod leaders;
mod session;
mod signs;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::desktop::Logon;

pub use session::{has_lost_its_logon, is_one_over, others};

/// Returns when the logon that this process serves is over, with the sign that told; never where it
/// serves none. `standing` holds what is known meanwhile.
pub async fn over(headless: bool, clock: &Clock, standing: &watch::Sender<Logon>) -> &'static str {
    let known = standing.subscribe();
    let sign = async {
        let sign = signs::end(clock, &known).await;
        // A service without a screen has no use for what went away.
        if headless && *known.borrow() == Logon::NotNeeded {
            return std::future::pending().await;
        }
        sign
    };
    let sign = tokio::select! {
        sign = session::over(headless, clock, standing) => sign,
        sign = sign => sign,
    };
    standing.send_replace(Logon::Over);
    sign
}
