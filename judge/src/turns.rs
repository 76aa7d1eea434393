//! Whose turn it is: a learner's further submissions let others' first ones go before. Pure.
//!
//! The queue is in the order of acceptance, so three submissions of one learner would each delay whoever comes after them.
//! Instead, a submission that was waiting while an earlier one of the same learner got its verdict from this judge counts as
//! if it had been accepted with that verdict: whatever was accepted before goes first. Every slot runs at most one
//! submission of a learner before somebody else's that was waiting; and because the queue moves on past every verdict, each
//! submission has its turn.

use events::LearnerId;
use std::collections::HashMap;
use std::time::Duration;

/// More learners than this are not remembered at once, unless their verdicts are ahead of the queue.
const REMEMBERED_MAX: usize = 10_000;
/// How long a submission is put off at least before it is looked at again.
const PUT_OFF_MIN: Duration = Duration::from_millis(100);
/// And at most: this much for each that waits, within these bounds. Looking costs about a millisecond, and where many wait
/// many are put off; where few do, it must not stay away long after they have gone.
const PUT_OFF_MAX_EACH: Duration = Duration::from_millis(10);
const PUT_OFF_MAX: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(10)];

/// How far the judges are in the queue.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    /// The FACTS sequence of the newest submission that any judge was given.
    pub sequence: u64,
    /// Submissions behind it.
    pub waiting: u64,
}

/// The verdicts this judge gave lately.
#[derive(Debug, Default)]
pub struct Turns {
    /// The FACTS sequence of each learner's last verdict.
    judged: HashMap<LearnerId, u64>,
    /// What a submission takes, smoothed.
    takes: Duration,
}

impl Turns {
    /// A learner's submission, that was accepted at `accepted`, has its verdict at `judged`, after so much time.
    pub fn had(&mut self, learner: LearnerId, accepted: u64, judged: u64, took: Duration) {
        if self.judged.len() >= REMEMBERED_MAX {
            // What comes next was mostly accepted after this, so a verdict before it tells nothing any more.
            self.judged.retain(|_, judged| *judged > accepted);
        }
        self.judged.insert(learner, judged);
        self.takes = if self.takes.is_zero() { took } else { (self.takes * 7 + took) / 8 };
    }

    /// The learner's verdict that this submission was waiting through, if any.
    pub fn waited_through(&self, learner: LearnerId, accepted: u64) -> Option<u64> {
        self.judged.get(&learner).copied().filter(|judged| accepted < *judged)
    }

    /// For how long a submission that waited through this verdict is put off. `None`: it is its turn, because everything
    /// accepted before the verdict has been given to a judge.
    pub fn put_off(&self, judged: u64, reached: Reached, slots: usize) -> Option<Duration> {
        let before = judged.saturating_sub(reached.sequence).min(reached.waiting);
        if before == 0 {
            return None;
        }
        let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let slots = u32::try_from(slots).unwrap_or(u32::MAX).max(1);
        let [least, most] = PUT_OFF_MAX;
        let most = PUT_OFF_MAX_EACH.saturating_mul(count(reached.waiting)).clamp(least, most);
        Some((self.takes / slots).saturating_mul(count(before)).clamp(PUT_OFF_MIN, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use testkit::build::learner;

    #[test]
    fn a_verdict_puts_off_only_what_was_accepted_before_it() {
        let mut turns = Turns::default();
        turns.had(learner(1), 1, 10, Duration::from_secs(1));
        assert_eq!(turns.waited_through(learner(1), 2), Some(10));
        assert_eq!(turns.waited_through(learner(1), 11), None);
        assert_eq!(turns.waited_through(learner(2), 2), None);
    }

    #[test]
    fn how_long_depends_on_how_much_goes_first() {
        let mut turns = Turns::default();
        turns.had(learner(1), 1, 10, Duration::from_secs(1));
        let put_off = |sequence, waiting| turns.put_off(10, Reached { sequence, waiting }, 2);
        assert_eq!(put_off(4, 3), Some(Duration::from_millis(500)), "few wait");
        assert_eq!(put_off(4, 1_000), Some(Duration::from_secs(3)));
        assert_eq!(put_off(4, 200), Some(Duration::from_secs(2)));
        assert_eq!(put_off(9, 1_000), Some(Duration::from_millis(500)));
        assert_eq!(put_off(4, 0), None);
        assert_eq!(put_off(10, 5), None);
        let far = turns.put_off(10_000, Reached { sequence: 4, waiting: 9_000 }, 2);
        assert_eq!(far, Some(Duration::from_secs(10)));
    }

    #[test]
    fn what_the_queue_has_passed_is_forgotten() {
        let mut turns = Turns::default();
        for number in 0..30_000_u32 {
            let sequence = u64::from(number) * 2;
            turns.had(learner(number), sequence, sequence + 1, Duration::ZERO);
        }
        assert!(turns.judged.len() <= REMEMBERED_MAX);
    }

    /// One slot, and a queue of (learner, sequence): the order in which learners have their turns.
    fn order(mut queue: VecDeque<(u32, u64)>, arriving: &[(u32, u64)]) -> Vec<(u32, u64)> {
        let mut arriving: VecDeque<_> = arriving.iter().copied().collect();
        let mut turns = Turns::default();
        let (mut put_off, mut order, mut now, mut reached) = (VecDeque::new(), Vec::new(), 100, 0);
        while let Some((who, accepted)) = put_off.pop_front().or_else(|| queue.pop_front()) {
            reached = u64::max(reached, accepted);
            let waiting = queue.len() as u64;
            let through = turns.waited_through(learner(who), accepted);
            if through
                .and_then(|judged| turns.put_off(judged, Reached { sequence: reached, waiting }, 1))
                .is_some()
            {
                // As if its time were always over just when the next new one has been taken.
                let next = queue.pop_front();
                put_off.push_back((who, accepted));
                if let Some(next) = next {
                    put_off.push_front(next);
                }
                continue;
            }
            order.push((who, accepted));
            turns.had(learner(who), accepted, now, Duration::from_millis(10));
            now += 1;
            if let Some((who, _)) = arriving.pop_front() {
                queue.push_back((who, now));
                now += 1;
            }
        }
        order
    }

    #[test]
    fn a_flood_delays_anothers_first_by_one_run() {
        let queue = VecDeque::from([(1, 1), (1, 2), (1, 3), (2, 4), (3, 5), (3, 6)]);
        let order = order(queue, &[]);
        let place = |who| order.iter().position(|(other, _)| *other == who);
        assert_eq!((place(2), place(3), order.len()), (Some(1), Some(2), 6), "{order:?}");
    }

    #[test]
    fn nobody_waits_for_ever() {
        let queue = VecDeque::from([(1, 1), (1, 2), (2, 3)]);
        let arriving: Vec<(u32, u64)> = (10..200).map(|who| (who, 0)).collect();
        let order = order(queue, &arriving);
        let second = order.iter().position(|turn| *turn == (1, 2)).expect("its turn");
        assert!(second < 10, "{order:?}");
    }
}
