//! Control planes that are used again. There are as many as scenarios run at once.

use std::ops::Deref;
use std::sync::Mutex;

use super::ControlPlane;

static IDLE: Mutex<Vec<ControlPlane>> = Mutex::new(Vec::new());

/// A control plane for the time being; it goes back to the pool when dropped.
pub(crate) struct Lease(Option<ControlPlane>);

pub(super) fn lease() -> Lease {
    let idle = IDLE.lock().unwrap().pop();
    let plane = idle.map_or_else(ControlPlane::start, |mut plane| {
        plane.reset();
        plane
    });
    Lease(Some(plane))
}

impl Deref for Lease {
    type Target = ControlPlane;

    fn deref(&self) -> &ControlPlane {
        self.0.as_ref().expect("it is there until drop")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(plane) = self.0.take() {
            if std::thread::panicking() {
                eprintln!("---- the control plane when the scenario failed\n{}", plane.kubelet.account());
            }
            plane.kubelet.clear();
            if let Ok(mut idle) = IDLE.lock() {
                idle.push(plane);
            }
        }
    }
}
