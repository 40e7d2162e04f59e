//! One seed, from the first page to the last.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::agenda::Event;
use crate::app::Call;
use crate::host::ORIGIN;
use crate::judge::{Counts, Invariant, Violation};
use crate::sabotage::Sabotage;
use crate::world::World;

/// How long everything has to come to rest once it has healed, in milliseconds, beyond the longest wait
/// between two tries: an access token's lifetime.
const REST: f64 = 180_000.0;

/// The most steps between two moments.
const STEPS_AT_ONCE: u64 = 20_000;

/// What came of a seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The first invariant that was broken, if one was.
    pub violation: Option<Violation>,
    /// What happened.
    pub counts: Counts,
}

/// Runs the world of a seed; with a trace it prints what happens.
pub fn run(seed: u64, sabotage: Option<Sabotage>, is_traced: bool) -> Outcome {
    let world = Rc::new(World::new(seed, sabotage, is_traced));
    world.note(None, || format!("{:#?}", world.plan));
    let lived = catch_unwind(AssertUnwindSafe(|| live(&world)));
    if lived.is_err() {
        let what = "a task panicked".to_owned();
        world.judge().fail(&world, Invariant::NoPanic, what);
    } else {
        world.end();
    }
    let judge = world.judge();
    let counts = Counts { steps: world.steps.get(), ..judge.counts };
    Outcome { violation: judge.violation.clone(), counts }
}

fn live(world: &Rc<World>) {
    world.open(0, ORIGIN);
    world.plan(1_000.0, Event::Script);
    if !pass(world, world.plan.duration, true) {
        return;
    }
    heal(world);
    let rest = world.plan.rules.lifetime * 1000.0 + REST;
    if !pass(world, world.now() + rest, false) {
        return;
    }
    for page in world.open_pages() {
        world.call(page, Call::AccessToken { is_final: true });
    }
    if pass(world, world.now() + rest, false) {
        world.judge().check_end(world);
    }
}

/// Lets time pass until `limit`; false if an invariant is broken before.
fn pass(world: &Rc<World>, limit: f64, with_strikes: bool) -> bool {
    let mut at_once = 0;
    while world.judge().violation.is_none() {
        if with_strikes && world.chance(world.faults().chaos) {
            world.strike();
        }
        world.steps.set(world.steps.get() + 1);
        at_once += 1;
        if at_once > STEPS_AT_ONCE {
            let what = "the tasks keep each other busy".to_owned();
            world.judge().fail(world, Invariant::NoStorm, what);
        } else if let Some(task) = world.executor.pick(|count| world.below(count)) {
            step(world, task);
        } else if let Some(event) = world.next_event(limit) {
            at_once = 0;
            happen(world, event, with_strikes);
            world.judge().check_calls(world);
        } else {
            world.pass_until(limit);
            return true;
        }
    }
    false
}

/// Lets a task run to its next await, unless its page is frozen.
fn step(world: &Rc<World>, task: usize) {
    let Some(page) = world.executor.page_of(task) else { return };
    if world.page(page).frozen_since.is_some() {
        world.page(page).parked.push(task);
        return;
    }
    world.executor.poll(task);
}

fn happen(world: &Rc<World>, event: Event, with_script: bool) {
    match event {
        Event::Timer(waker) => waker.wake(),
        Event::Arrival { call, reply } => world.arrive(&call, reply.as_ref()),
        Event::Delivery { answer, reply } => reply.settle(Ok(answer)),
        Event::Message { page, text } => world.deliver_message(page, text),
        Event::Navigation { page, url } => world.follow_navigation(page, &url),
        Event::Opening { tab, url } => world.open_in(tab, &url),
        Event::Script if with_script => {
            // What came to pass by now is enough of a beginning.
            let has_begun = !world.server().sessions.is_empty() || world.now() > 120_000.0;
            if has_begun {
                world.is_calm.set(false);
                world.act();
            } else {
                begin(world);
            }
        }
        Event::Script => {}
        Event::Thaw { page } => {
            world.thaw(page);
            // Many applications fetch anew what the user may look at again.
            if with_script && world.chance(0.5) {
                world.call(page, Call::AccessToken { is_final: false });
            }
        }
        Event::WakeUp => world.wake_up(),
        Event::Online => world.go_online(),
        Event::ServerUp => {
            world.server_up.set(true);
        }
        Event::LogoutHeard { page, session } => {
            world.judge().check_logout_heard(world, page, session);
        }
    }
}

/// Somebody logs in, which is where most stories begin.
fn begin(world: &Rc<World>) {
    world.plan(5_000.0, Event::Script);
    if let Some(page) = world.open_pages().first() {
        world.call(*page, Call::Login);
    }
}

/// From now on nothing goes wrong any more.
fn heal(world: &Rc<World>) {
    world.note(None, || "everything heals".to_owned());
    world.wake_up();
    world.is_calm.set(true);
    world.server_up.set(true);
    world.offline.set(false);
    if world.wall_offset.replace(0.0) > 0.0 {
        world.judge().wall_clock_set_back(world.now());
    }
    for page in world.open_pages() {
        world.thaw(page);
    }
    world.wake_all();
}
