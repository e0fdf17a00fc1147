//! The listeners, and a request's way from the wire to the wire: gates, faults, the call itself.

use std::cell::Cell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::sandbox::action::{Action, Service};
use crate::sandbox::ids::{self, TaskId};
use crate::sandbox::log::What;
use crate::sandbox::trouble::breakpoint::Moment;
use crate::sandbox::trouble::fault::Fault;
use crate::sandbox::wire::answer::{AnswerBody, HttpAnswer};
use crate::sandbox::wire::refusal::{AMZ_JSON, AwsError};
use crate::sandbox::{Sandbox, imds};

/// Bytes that are no JSON.
const GARBAGE: &[u8] = b"<html>\xff\xfe It works! </html>";

pub(in crate::sandbox) type ServerTask = JoinHandle<()>;

/// Opens a port of 127.0.0.1; `None`: a free one.
pub(in crate::sandbox) async fn bind(address: Option<SocketAddr>) -> io::Result<TcpListener> {
    TcpListener::bind(address.unwrap_or((Ipv4Addr::LOCALHOST, 0).into())).await
}

/// Ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped by a fault")]
struct Dropped;

impl Sandbox {
    pub(in crate::sandbox) fn listen(&self, service: Service, listener: TcpListener) {
        let sandbox = self.clone();
        let accepting = tokio::task::spawn_local(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        if let Ok((stream, _)) = accepted {
                            connections.spawn_local(sandbox.clone().serve(service, stream));
                        }
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        self.0.listeners.borrow_mut().insert(service, accepting);
    }

    /// Closes a service's port and its connections: callers are refused.
    pub async fn unplug(&self, service: Service) {
        let listener = self.0.listeners.borrow_mut().remove(&service);
        if let Some(listener) = listener {
            listener.abort();
            // It was cancelled, as told; the port is closed once it is gone.
            let _ = listener.await;
        }
    }

    /// Opens the port that [`Sandbox::unplug`] closed.
    ///
    /// # Errors
    /// When another program took it meanwhile.
    pub async fn plug_in(&self, service: Service) -> io::Result<()> {
        if self.0.listeners.borrow().contains_key(&service) {
            return Ok(());
        }
        let listener = bind(Some(self.0.addresses[&service])).await?;
        self.listen(service, listener);
        Ok(())
    }

    async fn serve(self, service: Service, stream: TcpStream) {
        // Answers go out in one piece, or are cut on purpose; waiting for more would only be slow.
        let _ = stream.set_nodelay(true);
        let answering = service_fn(|request| self.respond(service, request));
        let connection = http1::Builder::new()
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), answering);
        // A broken connection is the caller's, or a fault's, doing.
        let _ = connection.await;
    }

    async fn respond(
        &self,
        service: Service,
        request: Request<Incoming>,
    ) -> Result<Response<AnswerBody>, Dropped> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
        let path = head.uri.path();
        let action = match service {
            Service::Imds => Some(imds::action(path)),
            Service::Sqs | Service::Sfn => head
                .headers
                .get("x-amz-target")
                .and_then(|target| Action::of_target(target.to_str().ok()?))
                .filter(|action| action.service() == service),
        };
        let now = || self.0.clock.now().wall;
        let Some(action) = action else {
            let refusal = AwsError::named("UnknownOperationException");
            return Ok(refusal.answer(service).into_response(now(), false));
        };

        let counting = Counting { sandbox: self, action, outcome: Cell::new(RequestFate::Gone) };
        self.with(|world, _| world.counts.entry(action).or_default().seen += 1);
        self.pass_gates(action, Moment::BeforeEffect).await;
        let fault = self.meet_faults(action, &counting).await;
        let answer = match &fault {
            Some(Fault::Drop) => return Err(Dropped),
            Some(Fault::Error { code, status }) => {
                let refusal = AwsError { status: *status, ..AwsError::named(code) };
                self.with_request_id(service, refusal.answer(service), &self.request_id())
            }
            Some(Fault::Intercepted) => HttpAnswer::new(200, "text/html", GARBAGE),
            None | Some(Fault::Hang | Fault::Cut | Fault::Latency(_) | Fault::Garbage) => {
                let call = self.call(action, &head.method, path, &head.headers, &body);
                let answer = call.await;
                if fault.is_none() {
                    let success = answer.is_success();
                    counting.outcome.set(if success {
                        RequestFate::Answered
                    } else {
                        RequestFate::Refused
                    });
                }
                answer
            }
        };
        self.pass_gates(action, Moment::BeforeAnswer).await;
        let answer = match fault {
            Some(Fault::Garbage) => HttpAnswer { status: 200, body: GARBAGE.to_vec(), ..answer },
            _ => answer,
        };
        Ok(answer.into_response(now(), fault == Some(Fault::Cut)))
    }

    /// Waits out latency and hanging; returns the fault that strikes.
    async fn meet_faults(&self, action: Action, counting: &Counting<'_>) -> Option<Fault> {
        let plan = self.with(|world, now| world.faults.meet(action, now));
        if !plan.latency.is_zero() {
            self.0.clock.park(plan.latency).await;
        }
        let (id, fault) = plan.fault?;
        counting.outcome.set(RequestFate::Faulted);
        self.with(|world, now| world.note(now, What::Faulted { action, fault: fault.clone() }));
        if fault == Fault::Hang {
            self.outlast(id).await;
        }
        Some(fault)
    }

    /// The call itself, with its effect.
    async fn call(
        &self,
        action: Action,
        method: &hyper::Method,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> HttpAnswer {
        let service = action.service();
        if service == Service::Imds {
            return self.imds(method, path, headers);
        }
        let request_id = self.request_id();
        let (task, done) = self.json_call(action, headers, body, &request_id).await;
        let answer = match done {
            Ok(body) => HttpAnswer::new(200, AMZ_JSON, body),
            Err(refusal) => {
                let code = refusal.code.to_owned();
                self.with(|world, now| world.note(now, What::Refused { action, task, code }));
                refusal.answer(service)
            }
        };
        self.with_request_id(service, answer, &request_id)
    }

    async fn json_call(
        &self,
        action: Action,
        headers: &HeaderMap,
        body: &[u8],
        request_id: &str,
    ) -> (Option<TaskId>, Result<Vec<u8>, AwsError>) {
        let service = action.service();
        if let Err(refusal) = self.authenticate(service, headers) {
            return (None, Err(refusal));
        }
        let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(body) else {
            return (None, Err(AwsError::new("SerializationException", "")));
        };
        match service {
            Service::Sfn => self.sfn(action, &fields, request_id),
            Service::Sqs | Service::Imds => (None, self.sqs(action, &fields).await),
        }
    }

    fn request_id(&self) -> String {
        self.with(|world, _| ids::uuid(&mut world.rng))
    }

    fn with_request_id(&self, service: Service, mut answer: HttpAnswer, id: &str) -> HttpAnswer {
        if service != Service::Imds {
            answer.headers.push(("x-amzn-requestid", id.to_owned()));
        }
        answer
    }
}

/// What became of a request.
#[derive(Clone, Copy)]
enum RequestFate {
    Answered,
    Refused,
    Faulted,
    /// The caller went before.
    Gone,
}

/// Counts a request's outcome, even if its caller goes.
struct Counting<'a> {
    sandbox: &'a Sandbox,
    action: Action,
    outcome: Cell<RequestFate>,
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.sandbox.with(|world, _| {
            let counts = world.counts.entry(self.action).or_default();
            match self.outcome.get() {
                RequestFate::Answered => counts.answered += 1,
                RequestFate::Refused => counts.refused += 1,
                RequestFate::Faulted => counts.faulted += 1,
                RequestFate::Gone => {}
            }
        });
    }
}
