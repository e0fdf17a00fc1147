//! The one thread that everything runs on that decides or waits.

use std::io;

/// Runs `work` on this thread, with tasks beside it. An error: this computer has no room for it.
pub(crate) fn on_runtime<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let tasks = tokio::task::LocalSet::new();
    let done = tasks.block_on(&runtime, work);
    // Inside the runtime: what listens on the bus spawns a task when it is dropped.
    drop(tasks);
    drop(entered);
    // A name look-up or an X server that hangs must not hold up the end of the program.
    runtime.shutdown_background();
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use tokio::runtime::Handle;

    use super::on_runtime;

    /// Says whether it could still spawn, as zbus does when it is no longer listened for: tokio
    /// hides a panic here, where panics unwind.
    struct Listener(Rc<Cell<Option<bool>>>);

    impl Drop for Listener {
        fn drop(&mut self) {
            self.0.set(Some(Handle::try_current().is_ok()));
        }
    }

    #[test]
    fn a_task_left_behind_may_spawn_while_it_is_dropped() {
        let could_spawn = Rc::new(Cell::new(None));
        let listener = Listener(could_spawn.clone());
        let done = on_runtime(async {
            tokio::task::spawn_local(async move {
                let _listener = listener;
                std::future::pending::<()>().await;
            });
            tokio::task::yield_now().await;
        });
        assert!(done.is_ok());
        assert_eq!(could_spawn.get(), Some(true));
    }
}
