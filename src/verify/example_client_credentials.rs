// What the documentation's examples include: the client credentials of a service, and a server for them.
{
    use portcullis::Secret;
    use portcullis::protocol::http::{HttpRequest, HttpResponse};
    use portcullis::verify::{ClientCredentials, ConfidentialClient};

    let client = ConfidentialClient::secret_basic("s6BhdRkqt3", Secret::new("gX1fBat3bV".to_owned()));
    let answer = |_: HttpRequest| async {
        let token = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer"}"#;
        let content_type = Some("application/json".to_owned());
        Ok(HttpResponse { content_type, ..HttpResponse::new(200, token.to_owned()) })
    };
    ClientCredentials::new("https://as.example/token", client, answer).unwrap()
}
