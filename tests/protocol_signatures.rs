//! The signatures that the RFCs work out: read by the protocol, checked by the native backends.

#![cfg(not(target_arch = "wasm32"))]
#![cfg(feature = "verify")]

use portcullis::protocol::jwk::Jwk;
use portcullis::protocol::jws::Jws;
use portcullis::protocol::signing::SigningAlgorithm;
use portcullis::protocol::{base64url, json};
use portcullis::verify::is_signature_valid;

/// `{"iss":"joe",` and so on, as RFC 7515 breaks its lines.
const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// "It's a dangerous business, Frodo, …"
const FRODO: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";

/// RFC 7520 section 3.3
const BILBO: &str = r#"{
    "kty": "RSA",
    "kid": "bilbo.baggins@hobbiton.example",
    "use": "sig",
    "n": "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw",
    "e": "AQAB"
}"#;

struct Vector {
    algorithm: SigningAlgorithm,
    jwk: &'static str,
    header: &'static str,
    payload: &'static str,
    signature: &'static str,
}

impl Vector {
    fn signing_input(&self) -> String {
        format!("{}.{}", self.header, self.payload)
    }

    fn text(&self) -> String {
        format!("{}.{}", self.signing_input(), self.signature)
    }

    fn is_valid(&self, message: &[u8], signature: &[u8]) -> bool {
        let jwk = Jwk::parse(&json::object(self.jwk).unwrap()).unwrap();
        is_signature_valid(self.algorithm, jwk.key(), message, signature)
    }

    /// The vector is valid, and neither with any one bit of its signature flipped, nor with one of its
    /// message, nor with a signature of another length.
    fn check(&self) {
        let (message, signature) =
            (self.signing_input().into_bytes(), base64url::decode(self.signature).unwrap());
        assert!(self.is_valid(&message, &signature));
        for byte in [0, signature.len() / 2, signature.len() - 1] {
            let mut flipped = signature.clone();
            flipped[byte] ^= 1;
            assert!(!self.is_valid(&message, &flipped), "bit of signature byte {byte}");
        }
        let mut flipped = message.clone();
        flipped[0] ^= 1;
        assert!(!self.is_valid(&flipped, &signature));
        for length in [0, 1, signature.len() - 1] {
            assert!(!self.is_valid(&message, &signature[..length]), "{length} bytes");
        }
        assert!(!self.is_valid(&message, &[signature.as_slice(), &[0]].concat()));
    }
}

#[test]
fn rfc_7515_appendix_a_2_rs256() {
    let vector = Vector {
        algorithm: SigningAlgorithm::Rs256,
        jwk: r#"{
            "kty": "RSA",
            "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
            "e": "AQAB"
        }"#,
        header: "eyJhbGciOiJSUzI1NiJ9",
        payload: JOE,
        signature: "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    };
    vector.check();

    let jws = Jws::parse(&vector.text()).unwrap();
    assert_eq!(jws.header.string("alg"), Some("RS256"));
    assert_eq!(jws.claims.string("iss"), Some("joe"));
    assert_eq!(jws.claims.number("exp"), Some(1_300_819_380.0));
    assert!(vector.is_valid(jws.signing_input(), &jws.signature));
}

#[test]
fn rfc_7515_appendix_a_3_es256() {
    let vector = Vector {
        algorithm: SigningAlgorithm::Es256,
        jwk: r#"{
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
        }"#,
        header: "eyJhbGciOiJFUzI1NiJ9",
        payload: JOE,
        signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    };
    vector.check();

    let jws = Jws::parse(&vector.text()).unwrap();
    assert_eq!(jws.header.string("alg"), Some("ES256"));
    assert!(vector.is_valid(jws.signing_input(), &jws.signature));
}

#[test]
fn rfc_7520_section_4_1_rs256() {
    let vector = Vector {
        algorithm: SigningAlgorithm::Rs256,
        jwk: BILBO,
        header: "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
        payload: FRODO,
        signature: "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
    };
    vector.check();
}

#[test]
fn rfc_7520_section_4_2_ps384() {
    let vector = Vector {
        algorithm: SigningAlgorithm::Ps384,
        jwk: BILBO,
        header: "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
        payload: FRODO,
        signature: "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
    };
    vector.check();
}

#[test]
fn rfc_8037_appendix_a_4_ed25519() {
    let vector = Vector {
        algorithm: SigningAlgorithm::EdDsa,
        jwk: r#"{
            "kty": "OKP",
            "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        }"#,
        header: "eyJhbGciOiJFZERTQSJ9",
        payload: "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        signature: "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    };
    vector.check();
}

#[test]
fn a_signed_text_that_is_no_set_of_claims_is_no_token() {
    let header = "eyJhbGciOiJFZERTQSJ9";
    assert!(Jws::parse(&format!("{header}.{FRODO}.AA")).is_none());
    assert!(Jws::parse(&format!("{header}.{JOE}.AA")).is_some());
}

#[test]
fn a_key_of_another_kind_verifies_nothing() {
    let jwk = Jwk::parse(&json::object(BILBO).unwrap()).unwrap();
    for &algorithm in SigningAlgorithm::ALL {
        for length in [0, 32, 64, 96, 256] {
            assert!(!is_signature_valid(algorithm, jwk.key(), b"message", &vec![1; length]));
        }
    }
}
