//! An answer on its way out, and how a connection is cut in the middle of one.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, DATE, HeaderValue};
use hyper::{Response, StatusCode};
use jiff::Timestamp;

/// What a service answers.
#[derive(Debug)]
pub(in crate::sandbox) struct HttpAnswer {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl HttpAnswer {
    pub(in crate::sandbox) fn new(
        status: u16,
        content_type: &'static str,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    pub(in crate::sandbox) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The HTTP response; `cut`: the connection breaks after half of the body.
    pub(in crate::sandbox) fn into_response(
        self,
        now: Timestamp,
        cut: bool,
    ) -> Response<AnswerBody> {
        let mut response = Response::new(AnswerBody::new(self.body, cut));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        // The SDK learns a skew of clocks from it, so it must tell the sandbox's time.
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        for (name, value) in self.headers.into_iter().chain([(DATE.as_str(), date)]) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// A body that is sent whole, or breaks in the middle.
pub(in crate::sandbox) struct AnswerBody {
    total: u64,
    rest: Option<Bytes>,
    cut: Option<Cut>,
}

#[derive(Clone, Copy)]
enum Cut {
    AfterFirstHalf,
    Flushing,
    Now,
}

impl AnswerBody {
    fn new(bytes: Vec<u8>, cut: bool) -> Self {
        // Something must be missing from a broken answer.
        let total = if cut { bytes.len().max(2) } else { bytes.len() };
        let mut bytes = Bytes::from(bytes);
        if cut {
            bytes.truncate(total / 2);
        }
        Self {
            total: total as u64,
            rest: Some(bytes).filter(|bytes| !bytes.is_empty()),
            cut: cut.then_some(Cut::AfterFirstHalf),
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.cut {
            None => Poll::Ready(None),
            Some(Cut::AfterFirstHalf) => {
                // While the body is pending, hyper sends what it has.
                self.cut = Some(Cut::Flushing);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Cut::Flushing) => {
                self.cut = Some(Cut::Now);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Cut::Now) => {
                Poll::Ready(Some(Err(io::Error::other("cut in the middle of an answer"))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.total)
    }
}
