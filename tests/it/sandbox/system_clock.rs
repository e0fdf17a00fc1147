//! The same sandbox on the system's clock, as the demo and a real binary use it.

use deskbeat::clock::Clock;
use deskbeat::sandbox::{Options, Sandbox};

#[test]
fn it_answers_on_the_system_s_clock() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let sandbox = Sandbox::start(Clock::system(), Options::default()).await.unwrap();
        let host = sandbox.imds_url().strip_prefix("http://").unwrap().to_owned();
        let stream = tokio::net::TcpStream::connect(&host).await.unwrap();
        assert!(stream.peer_addr().unwrap().ip().is_loopback());
        let io = hyper_util::rt::TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::task::spawn_local(connection);
        // Twice on one connection: it is kept alive.
        for _ in 0..2 {
            let request =
                hyper::Request::get("/latest/meta-data/instance-id").header("host", &host);
            let request = request.body(http_body_util::Empty::<hyper::body::Bytes>::new()).unwrap();
            sender.ready().await.unwrap();
            assert_eq!(sender.send_request(request).await.unwrap().status(), 401);
        }
    });
}
