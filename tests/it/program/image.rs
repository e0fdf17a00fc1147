//! Golden images: what the builder can check, and that nothing of its machine lives on in the copies.

use deskbeat::sandbox::Action;
use rustix::process::Signal;

use super::computer::play;

#[test]
fn doctor_checks_what_an_image_has_and_asks_nobody() {
    play(async |computer| {
        let said = computer.ends_with(0, &["doctor", "--image"]).await;
        assert!(said.contains("Nothing that can be checked in an image is faulty"), "{said}");
        assert_eq!(computer.sandbox.counts(Action::ImdsToken).seen, 0, "it asked");
        assert!(!computer.state_dir().exists(), "it leaves nothing in the image");
        let pinned = ["doctor", "--image", "--set", "instance_id=i-00000000000000bad"];
        let said = computer.ends_with(1, &pinned).await;
        assert!(said.contains("FAULT  instance id"), "{said}");
    });
}

#[test]
fn a_copy_of_the_disk_does_not_take_the_session_over() {
    play(async |computer| {
        let task = computer.active().await;
        computer.kill().await;
        let said = computer.ends_with(1, &["doctor", "--image"]).await;
        assert!(said.contains("FAULT  leftovers"), "{said}");
        let beats = computer.sandbox.task(task).beats.len();
        computer.set("DESKBEAT_INSTANCE_ID", "i-00000000000000bad");
        computer.start();
        // It has no queue of its own; that it knows only once it knows who it is.
        computer.status(|view| view["state"] == "needs-attention").await;
        computer.signal(Signal::TERM);
        assert_eq!(computer.gone().await.code(), Some(0));
        assert_eq!(computer.log().matches("DB-703").count(), 1, "{}", computer.log());
        let after = computer.sandbox.task(task);
        assert_eq!((after.beats.len(), after.output()), (beats, None), "not one call for it");
        let journal = std::fs::read(computer.state_dir().join("journal")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&journal).contains(after.token()));
    });
}
