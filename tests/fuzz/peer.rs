//! The other end of a connection: a server on loopback that answers with what an input says, beside a
//! program whose clock is simulated, so that no wait of the program is a wait here.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use deskbeat::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

/// One thread that runs everything, and the clock on it.
pub struct World {
    runtime: Runtime,
    local: LocalSet,
    /// Moves when nobody is busy.
    pub clock: Clock,
}

impl World {
    /// A world in which time stands at the beginning.
    ///
    /// # Panics
    /// If the system has no more descriptors.
    #[expect(clippy::new_without_default, reason = "it opens descriptors")]
    pub fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let local = LocalSet::new();
        let start = jiff::Timestamp::from_second(1_795_000_000).expect("a time of day");
        let (clock, driver) = Clock::simulated(start, None);
        local.spawn_local(driver.run());
        Self { runtime, local, clock }
    }

    /// Runs `story` to its end.
    pub fn run<T>(&self, story: impl Future<Output = T>) -> T {
        self.local.block_on(&self.runtime, story)
    }
}

/// What the server says to a request: the request's first line, and how many came before it.
type Answers = dyn Fn(&str, usize) -> Vec<u8>;

/// A server that closes each connection after its answer.
#[derive(Clone)]
pub struct Peer {
    /// Where it listens.
    pub address: SocketAddr,
    script: Rc<RefCell<(usize, Box<Answers>)>>,
}

impl Peer {
    /// Listens on loopback; must be called inside a [`World`].
    ///
    /// # Panics
    /// If the system has no port left.
    pub async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let nothing: Box<Answers> = Box::new(|_, _| Vec::new());
        let script = Rc::new(RefCell::new((0, nothing)));
        let peer = Self { address, script };
        let serving = peer.clone();
        tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::task::spawn_local(serving.clone().answer(stream));
            }
        });
        peer
    }

    /// Answers so from now on.
    pub fn say(&self, answers: impl Fn(&str, usize) -> Vec<u8> + 'static) {
        *self.script.borrow_mut() = (0, Box::new(answers));
    }

    async fn answer(self, mut stream: TcpStream) {
        let Some(first_line) = request(&mut stream).await else { return };
        let bytes = {
            let mut script = self.script.borrow_mut();
            script.0 += 1;
            (script.1)(&first_line, script.0 - 1)
        };
        // It may have been given up on meanwhile.
        let _sent = stream.write_all(&bytes).await;
        let _shut = stream.shutdown().await;
    }
}

/// Reads a request with its body; its first line.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length.split_once("content-length: ").map_or("0", |(_, rest)| rest);
            let length: usize = length.lines().next()?.trim().parse().ok()?;
            if body.len() >= length {
                return head.lines().next().map(str::to_owned);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => read.extend_from_slice(&buffer[..count]),
            Ok(0) | Err(_) => return None,
        }
    }
}

/// An answer with this body, that ends where the connection does.
pub fn ok(content_type: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}
