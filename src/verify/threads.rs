//! What has to be `Send` where there are threads, and need not be on `wasm32`, where what JavaScript
//! gives never is.

#[cfg(not(target_arch = "wasm32"))]
mod bounds {
    /// `Send`, where there are threads.
    ///
    /// ```
    /// # use portcullis::verify::SendOnThreads;
    /// fn may_go_to_another_thread(_: impl SendOnThreads) {}
    /// may_go_to_another_thread(String::new());
    /// ```
    pub trait SendOnThreads: Send {}
    impl<T: Send + ?Sized> SendOnThreads for T {}

    /// `Sync`, where there are threads.
    ///
    /// ```
    /// # use portcullis::verify::SyncOnThreads;
    /// fn may_be_shared_by_threads(_: &impl SyncOnThreads) {}
    /// may_be_shared_by_threads(&std::sync::Mutex::new(0));
    /// ```
    pub trait SyncOnThreads: Sync {}
    impl<T: Sync + ?Sized> SyncOnThreads for T {}

    /// A future that may go from one thread to another.
    pub type BoxedFuture<T> = futures_util::future::BoxFuture<'static, T>;
}

#[cfg(target_arch = "wasm32")]
mod bounds {
    /// Anything: there is one thread.
    pub trait SendOnThreads {}
    impl<T: ?Sized> SendOnThreads for T {}

    /// Anything: there is one thread.
    pub trait SyncOnThreads {}
    impl<T: ?Sized> SyncOnThreads for T {}

    /// A future of the one thread.
    pub type BoxedFuture<T> = futures_util::future::LocalBoxFuture<'static, T>;
}

pub use bounds::{BoxedFuture, SendOnThreads, SyncOnThreads};

/// Boxes a future.
pub fn boxed<T>(
    future: impl std::future::Future<Output = T> + SendOnThreads + 'static,
) -> BoxedFuture<T> {
    Box::pin(future)
}
