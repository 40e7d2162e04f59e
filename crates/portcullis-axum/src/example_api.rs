// What the documentation's examples include: how an API is protected whose authorization server knows one
// token, and the status of its answer to a GET of `/` with that token.
{
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use futures_util::FutureExt;
    use portcullis::protocol::http::{HttpRequest, HttpResponse};
    use portcullis::verify::{ConfidentialClient, Introspection, Verifier};
    use tower_service::Service;

    let secret = portcullis::Secret::new("gX1fBat3bV".to_owned());
    let client = ConfidentialClient::secret_basic("s6BhdRkqt3", secret);
    let introspection = Introspection::new("https://as.example/introspect", client).unwrap();
    let answer = |_: HttpRequest| async {
        let claims = r#"{"active":true,"iss":"https://as.example","aud":"https://api.example",
            "sub":"Z5O3upPC88QrAjx00dis","client_id":"l238j323ds-23ij4","scope":"read write",
            "exp":1419356238,"iat":1419350238,"acr":"pwd","auth_time":1419346638}"#;
        let content_type = Some("application/json".to_owned());
        Ok(HttpResponse { content_type, ..HttpResponse::new(200, claims.to_owned()) })
    };
    let verifier = Verifier::builder("https://as.example")
        .audience("https://api.example")
        .introspection(introspection)
        .clock(|| 1_419_350_240.0)
        .fetch(answer)
        .build()
        .unwrap();
    let status_of = |mut app: Router| {
        let request = Request::get("/").header("authorization", "Bearer mF_9.B5f-4.1JqM");
        let answer = app.call(request.body(Body::empty()).unwrap());
        answer.now_or_never().unwrap().unwrap().status().as_u16()
    };
    (portcullis_axum::Protection::new(verifier, "https://api.example"), status_of)
}
