use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::protocol::signing::Hash;
use wasm_bindgen_test::wasm_bindgen_test;

/// Of `abc`, from FIPS 180-2 appendices B.1, C.1 and D.1.
const DIGESTS_OF_ABC: [(Hash, &str); 3] = [
    (Hash::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        Hash::Sha384,
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ),
    (
        Hash::Sha512,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
];

#[wasm_bindgen_test]
async fn digests_are_those_of_the_standard() {
    let browser = Browser::new().unwrap();
    for (hash, expected) in DIGESTS_OF_ABC {
        let digest = browser.digest(hash, b"abc").await.unwrap();
        let digits: Vec<_> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digits.concat(), expected, "{}", hash.as_str());
        assert_eq!(browser.digest(hash, b"").await.unwrap().len(), hash.bytes() as usize);
    }
}
