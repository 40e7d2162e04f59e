//! A single-threaded executor that lets the seed choose which ready task runs next.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

use futures_util::future::LocalBoxFuture;

/// The tasks of all pages, in the order they were spawned.
#[derive(Default)]
pub(crate) struct Executor {
    tasks: RefCell<Vec<Option<Task>>>,
    ready: Arc<Mutex<Vec<usize>>>,
}

struct Task {
    page: usize,
    future: LocalBoxFuture<'static, ()>,
    flag: Arc<Flag>,
    waker: Waker,
}

/// Puts its task among the ready ones, once.
struct Flag {
    task: usize,
    is_queued: AtomicBool,
    ready: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::Relaxed) {
            self.ready.lock().unwrap_or_else(PoisonError::into_inner).push(self.task);
        }
    }
}

impl Executor {
    pub fn spawn(&self, page: usize, future: LocalBoxFuture<'static, ()>) {
        let mut tasks = self.tasks.borrow_mut();
        let flag = Arc::new(Flag {
            task: tasks.len(),
            is_queued: AtomicBool::new(false),
            ready: Arc::clone(&self.ready),
        });
        let waker = Waker::from(Arc::clone(&flag));
        waker.wake_by_ref();
        tasks.push(Some(Task { page, future, flag, waker }));
    }

    /// Takes one of the ready tasks, chosen by `choose` from how many there are.
    pub fn pick(&self, choose: impl FnOnce(usize) -> usize) -> Option<usize> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let count = ready.len();
        (count > 0).then(|| ready.swap_remove(choose(count)))
    }

    /// Makes a task ready again that was picked and not run.
    pub fn put_back(&self, task: usize) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// The page of a task that has not ended.
    pub fn page_of(&self, task: usize) -> Option<usize> {
        self.tasks.borrow()[task].as_ref().map(|task| task.page)
    }

    /// Lets a task run to its next await.
    pub fn poll(&self, id: usize) {
        let Some(mut task) = self.tasks.borrow_mut()[id].take() else { return };
        task.flag.is_queued.store(false, Ordering::Relaxed);
        if task.future.as_mut().poll(&mut Context::from_waker(&task.waker)).is_pending() {
            self.tasks.borrow_mut()[id] = Some(task);
        }
    }

    /// Drops the tasks of a page whose host is dead already.
    ///
    /// Each is polled once more before: a refresh is shared by its callers and holds the client that
    /// holds it, and only its end frees them.
    pub fn end_page(&self, page: usize) {
        let mut next = 0;
        while next < self.tasks.borrow().len() {
            if self.page_of(next) == Some(page) {
                self.poll(next);
            }
            next += 1;
        }
        for id in 0..next {
            if self.page_of(id) == Some(page) {
                let task = self.tasks.borrow_mut()[id].take();
                drop(task);
            }
        }
    }
}
