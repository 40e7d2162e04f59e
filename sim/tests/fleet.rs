//! A fleet does not come in waves: neither by itself, nor after an outage or a mass login.

use portcullis_sim::fleet::{Beginning, Day, OUTAGE_END, hours};

const DAY: Day =
    Day { clients: 100_000, lifetime: 300.0, beginning: Beginning::Spread, has_outage: true };

#[test]
fn requests_are_spread_in_steady_state() {
    let requests = DAY.requests();
    let steady = hours(2.0, 13.0);
    assert!(requests.peak(steady.clone()) <= 2.0 * requests.mean(steady));
}

#[test]
fn an_outage_is_followed_by_no_storm() {
    // So many that a second of theirs is not mostly chance.
    for (lifetime, clients) in [(300.0, 100_000), (600.0, 200_000), (3_600.0, 1_000_000)] {
        let requests = Day { lifetime, clients, ..DAY }.requests();
        let mean = requests.mean(hours(2.0, 13.0));
        let during = requests.mean(OUTAGE_END - 600..OUTAGE_END);
        let after = requests.peak(OUTAGE_END..OUTAGE_END + 7_200);
        assert!(after <= 3.0 * mean, "{lifetime} s: {after} a second, {mean} on average");
        assert!(during <= 3.0 * mean, "{lifetime} s: {during} a second, {mean} on average");
    }
}

#[test]
fn a_mass_login_does_not_echo() {
    let requests = Day { beginning: Beginning::NineOClock, has_outage: false, ..DAY }.requests();
    let mean = requests.mean(hours(12.0, 13.0));
    let echo = requests.peak(hours(9.5, 12.0));
    assert!(echo <= 2.0 * mean, "{echo} a second, {mean} on average");
}

#[test]
fn clients_that_began_together_drift_apart() {
    // All at one second, and nothing but the policy to drift apart by.
    let mut due = vec![0.0; 1_000];
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..20 {
        for at in &mut due {
            let chance = random.f64();
            *at +=
                portcullis::client::refresh_policy::wait_after_success(300_000.0, 30_000.0, chance);
        }
    }
    due.sort_by(f64::total_cmp);
    let spread = due[950] - due[50];
    assert!(spread > 60_000.0, "only {spread} ms apart after 20 refreshes");
}
