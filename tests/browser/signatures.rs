use portcullis::browser::Browser;
use portcullis::host::Host as _;
use portcullis::protocol::base64url;
use portcullis::protocol::json;
use portcullis::protocol::jwk::Jwk;
use portcullis::protocol::signing::SigningAlgorithm;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::signing_key::SigningKey;

const MESSAGE: &[u8] = b"eyJhbGciOiJ4In0.eyJzdWIiOiJhIn0";

/// RFC 7515 appendices A.2.1 and A.3.1
const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

async fn is_valid(
    algorithm: SigningAlgorithm,
    jwk: &Jwk,
    message: &[u8],
    signature: &[u8],
) -> bool {
    Browser::new().unwrap().verify(algorithm, jwk.key(), message, signature).await.unwrap()
}

/// The signature is valid, and no changed one is, nor one of a changed message.
async fn check(algorithm: SigningAlgorithm, jwk: &Jwk, message: &[u8], signature: &[u8]) {
    let name = algorithm.as_str();
    assert!(is_valid(algorithm, jwk, message, signature).await, "{name}");
    for index in [0, signature.len() / 2, signature.len() - 1] {
        let mut changed = signature.to_vec();
        changed[index] ^= 1;
        assert!(!is_valid(algorithm, jwk, message, &changed).await, "{name}, byte {index}");
    }
    for index in [0, message.len() - 1] {
        let mut changed = message.to_vec();
        changed[index] ^= 1;
        assert!(!is_valid(algorithm, jwk, &changed, signature).await, "{name}, message {index}");
    }
    for other in [&[], &signature[1..], &[signature, &[0]].concat(), &vec![0; signature.len()]] {
        assert!(!is_valid(algorithm, jwk, message, other).await, "{name}, {} bytes", other.len());
    }
}

#[wasm_bindgen_test]
async fn a_signature_of_each_algorithm_is_verified_and_a_forged_one_refused() {
    for &algorithm in SigningAlgorithm::ALL {
        let key = SigningKey::generate(algorithm).await;
        let signature = key.sign(MESSAGE).await;
        check(algorithm, &key.public(), MESSAGE, &signature).await;
        let another = SigningKey::generate(algorithm).await;
        assert!(!is_valid(algorithm, &another.public(), MESSAGE, &signature).await);
    }
}

#[wasm_bindgen_test]
async fn a_signature_is_valid_by_its_own_algorithm_only() {
    let key = SigningKey::generate(SigningAlgorithm::Rs256).await;
    let signature = key.sign(MESSAGE).await;
    for &other in SigningAlgorithm::ALL {
        let is_valid = is_valid(other, &key.public(), MESSAGE, &signature).await;
        assert_eq!(is_valid, other == SigningAlgorithm::Rs256, "{}", other.as_str());
    }
}

#[wasm_bindgen_test]
async fn rfc_7515_appendix_a_2_rs256() {
    let jwk = r#"{
        "kty": "RSA",
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        "e": "AQAB"
    }"#;
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    check_vector(SigningAlgorithm::Rs256, jwk, "eyJhbGciOiJSUzI1NiJ9", JOE, signature).await;
}

#[wasm_bindgen_test]
async fn rfc_7515_appendix_a_3_es256() {
    let jwk = r#"{
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    }"#;
    let signature =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    check_vector(SigningAlgorithm::Es256, jwk, "eyJhbGciOiJFUzI1NiJ9", JOE, signature).await;
}

#[wasm_bindgen_test]
async fn rfc_8037_appendix_a_4_ed25519() {
    let jwk = r#"{
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    }"#;
    let payload = "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    check_vector(SigningAlgorithm::EdDsa, jwk, "eyJhbGciOiJFZERTQSJ9", payload, signature).await;
}

async fn check_vector(
    algorithm: SigningAlgorithm,
    jwk: &str,
    header: &str,
    payload: &str,
    signature: &str,
) {
    let jwk = Jwk::parse(&json::object(jwk).unwrap()).unwrap();
    let message = format!("{header}.{payload}");
    check(algorithm, &jwk, message.as_bytes(), &base64url::decode(signature).unwrap()).await;
}

#[wasm_bindgen_test]
async fn a_key_off_its_curve_verifies_nothing() {
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Es384, SigningAlgorithm::Es512] {
        let key = SigningKey::generate(algorithm).await;
        let signature = key.sign(MESSAGE).await;
        let mut y = base64url::decode(key.jwk.string("y").unwrap()).unwrap();
        *y.last_mut().unwrap() ^= 1;
        for y in [y.clone(), vec![0; y.len()], vec![0xFF; y.len()]] {
            let mut jwk = key.jwk.clone();
            jwk.set("y", base64url::encode(&y).as_str().into());
            let jwk = Jwk::parse(&jwk).unwrap();
            assert!(!is_valid(algorithm, &jwk, MESSAGE, &signature).await, "{y:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn an_rsa_key_with_senseless_numbers_verifies_nothing() {
    let key = SigningKey::generate(SigningAlgorithm::Rs256).await;
    let signature = key.sign(MESSAGE).await;
    for (name, bytes) in [("e", vec![2]), ("e", vec![0xFF; 300]), ("n", vec![0xFE; 256])] {
        let mut jwk = key.jwk.clone();
        jwk.set(name, base64url::encode(&bytes).as_str().into());
        let jwk = Jwk::parse(&jwk).unwrap();
        assert!(!is_valid(SigningAlgorithm::Rs256, &jwk, MESSAGE, &signature).await, "{name}");
    }
}
