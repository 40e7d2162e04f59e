// What the documentation's examples include: a verifier whose authorization server knows one token.
{
    use portcullis::protocol::http::{HttpRequest, HttpResponse};
    use portcullis::verify::{ConfidentialClient, Introspection, Verifier};

    let secret = portcullis::Secret::new("gX1fBat3bV".to_owned());
    let client = ConfidentialClient::secret_basic("s6BhdRkqt3", secret);
    let introspection = Introspection::new("https://as.example/introspect", client).unwrap();
    let answer = |request: HttpRequest| async move {
        let is_known = request.form.unwrap().starts_with("token=mF_9.B5f-4.1JqM&");
        let claims = if is_known {
            r#"{"active":true,"iss":"https://as.example","aud":"https://api.example",
                "sub":"Z5O3upPC88QrAjx00dis","client_id":"l238j323ds-23ij4","scope":"read write",
                "exp":1419356238,"iat":1419350238,"acr":"mfa","auth_time":1419350200}"#
        } else {
            r#"{"active":false}"#
        };
        let content_type = Some("application/json".to_owned());
        Ok(HttpResponse { content_type, ..HttpResponse::new(200, claims.to_owned()) })
    };
    Verifier::builder("https://as.example")
        .audience("https://api.example")
        .introspection(introspection)
        .clock(|| 1_419_350_240.0)
        .dpop_nonce_secret(&[7; 32])
        .fetch(answer)
        .build()
        .unwrap()
}
