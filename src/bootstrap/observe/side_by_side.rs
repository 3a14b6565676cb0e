//! Two looks at once, so that all that is wrong is found in one go.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};

use crate::domain::error::Error;

/// How long one side may go on looking for what is wrong when the other side has failed.
const GRACE: Duration = Duration::from_secs(10);

/// Runs both. When one has failed, the other gets a little time to say what is wrong on its side; none where that was not
/// enough.
pub(super) async fn side_by_side<A, B>(
    one: impl Future<Output = Result<A, Error>>,
    other: impl Future<Output = Result<B, Error>>,
) -> (Option<Result<A, Error>>, Option<Result<B, Error>>) {
    match select(pin!(one), pin!(other)).await {
        Either::Left((Ok(one), other)) => (Some(Ok(one)), Some(other.await)),
        Either::Left((one, other)) => (Some(one), within_grace(other).await),
        Either::Right((Ok(other), one)) => (Some(one.await), Some(Ok(other))),
        Either::Right((other, one)) => (within_grace(one).await, Some(other)),
    }
}

/// What comes of it in the time that is left to a run which has failed already.
pub(super) async fn within_grace<T>(rest: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(GRACE, rest).await.ok()
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    #[tokio::test]
    async fn what_is_wrong_on_either_side_is_found() {
        let failure = |what: &str| Err::<(), _>(Error::refused(what));
        let both = side_by_side(ready(failure("a")), ready(failure("b"))).await;
        assert_eq!(both, (Some(failure("a")), Some(failure("b"))));
        let late = async {
            tokio::task::yield_now().await;
            failure("late")
        };
        assert_eq!(side_by_side(late, ready(Ok(1))).await, (Some(failure("late")), Some(Ok(1))));
        let late = async {
            tokio::task::yield_now().await;
            failure("late")
        };
        assert_eq!(side_by_side(late, ready(failure("b"))).await, (Some(failure("late")), Some(failure("b"))));
    }
}
