//! Calls that are under way at the same time.

use std::{future::poll_fn, pin::Pin, task::Poll};

/// A call that may borrow from who makes it. In a box: what waits for it is
/// made of less code.
pub(crate) type Call<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Waits for all `calls`, of which `at_once` are under way at a time; gives
/// what came of them in their order.
pub(crate) async fn together<T>(calls: Vec<Call<'_, T>>, at_once: usize) -> Vec<T> {
    let mut steps: Vec<Step<'_, T>> = calls.into_iter().map(Step::Call).collect();
    poll_fn(|context| {
        let mut under_way = 0;
        for step in &mut steps {
            if under_way == at_once {
                break;
            }
            if let Step::Call(call) = step {
                match call.as_mut().poll(context) {
                    Poll::Ready(outcome) => *step = Step::Done(outcome),
                    Poll::Pending => under_way += 1,
                }
            }
        }
        if under_way == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let done = steps.into_iter().filter_map(|step| match step {
        Step::Done(outcome) => Some(outcome),
        Step::Call(_) => None,
    });
    done.collect()
}

enum Step<'a, T> {
    Call(Call<'a, T>),
    Done(T),
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        mem::replace,
    };

    use futures_executor::block_on;

    use super::*;

    #[test]
    fn calls_are_made_as_many_at_once_as_allowed_and_come_back_in_their_order() {
        for (at_once, most) in [(1, 1), (2, 2), (usize::MAX, 4)] {
            let (under_way, seen) = (&Cell::new(0), &Cell::new(0));
            let begun = &RefCell::new(Vec::new());
            let call = |number: usize| -> Call<'_, usize> {
                Box::pin(async move {
                    begun.borrow_mut().push(number);
                    under_way.set(under_way.get() + 1);
                    seen.set(seen.get().max(under_way.get()));
                    for _ in number..5 {
                        let mut waited = false;
                        poll_fn(|context| {
                            context.waker().wake_by_ref();
                            if replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
                        })
                        .await;
                    }
                    under_way.set(under_way.get() - 1);
                    number
                })
            };

            let outcomes = block_on(together((0..4).map(call).collect(), at_once));

            assert_eq!(outcomes, [0, 1, 2, 3]);
            assert_eq!(*begun.borrow(), [0, 1, 2, 3]);
            assert_eq!(seen.get(), most);
        }
    }
}
