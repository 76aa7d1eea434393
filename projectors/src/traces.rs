//! What projecting is in the traces of the events it concerns. A commit holds many events; each that is traced has a span
//! as long as the commit took, and a verdict one more, until the Redis boards have come as far.

use crate::arrival::Arrival;
use crate::boards::Marks;
use chassis::trace::{self, Span};
use events::Part;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Spans begun for one commit, and verdicts that wait for the boards: what is beyond has no span.
const SPANS_MAX: usize = 64;
const AWAITED_MAX: usize = 256;

/// The events of a batch that are traced.
pub fn projecting(batch: &[Arrival]) -> Vec<Span> {
    if !trace::is_on() {
        return Vec::new();
    }
    let spans = batch.iter().map(|arrival| arrival.span("project")).filter(Span::is_real).take(SPANS_MAX);
    spans.inspect(|span| span.set("batch", i64::try_from(batch.len()).unwrap_or(i64::MAX))).collect()
}

/// Traced verdicts that the boards have not come to. Cheap to clone; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Awaited(Arc<Mutex<VecDeque<Verdict>>>);

#[derive(Debug)]
struct Verdict {
    partition: i16,
    sequence: i64,
    span: Span,
}

impl Awaited {
    /// A batch was committed.
    pub fn add(&self, batch: &[Arrival]) {
        if !trace::is_on() {
            return;
        }
        let mut awaited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for arrival in batch.iter().filter(|arrival| arrival.name == "submission_judged") {
            let (Part::Facts(partition), Ok(sequence)) = (arrival.part, i64::try_from(arrival.sequence()))
            else {
                continue;
            };
            let span = arrival.span("board");
            if span.is_real() {
                awaited.push_back(Verdict { partition: partition.number().into(), sequence, span });
            }
        }
        let beyond = awaited.len().saturating_sub(AWAITED_MAX);
        awaited.drain(..beyond).for_each(|verdict| verdict.span.fail("the boards are far behind"));
    }

    /// The boards have come this far.
    pub fn reached(&self, marks: &Marks) {
        if !trace::is_on() {
            return;
        }
        let mut awaited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.retain(|verdict| {
            marks.get(&verdict.partition).is_none_or(|mark| mark.sequence < verdict.sequence)
        });
    }
}
