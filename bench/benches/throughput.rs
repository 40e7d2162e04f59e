//! The same tokens by this verifier and by jsonwebtoken with each of its backends, its checks of issuer,
//! audience and expiry turned on.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::FutureExt as _;
use portcullis_bench::{Key, KeySet, backends};

const TOKENS: usize = 256;

fn throughput(criterion: &mut Criterion) {
    backends::install();
    for key in [Key::rs256(), Key::es256(1)] {
        let tokens: Vec<String> = (0..TOKENS).map(|number| key.token(number)).collect();
        let mut next = tokens.iter().cycle();
        let mut group = criterion.benchmark_group(key.algorithm.as_str());
        group.throughput(Throughput::Elements(1));

        let keys = KeySet::default();
        keys.add(&key);
        let verifier = keys.verifier(None);
        group.bench_function("portcullis", |bencher| {
            bencher.iter(|| {
                let verified = verifier.verify(black_box(next.next().unwrap()));
                verified.now_or_never().unwrap().unwrap()
            });
        });

        let other = backends::Jsonwebtoken::new(&key);
        for (index, name) in backends::NAMES.iter().enumerate() {
            backends::choose(index);
            group.bench_function(*name, |bencher| {
                bencher.iter(|| {
                    let token = black_box(next.next().unwrap());
                    other.decode(token)
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, throughput);
criterion_main!(benches);
