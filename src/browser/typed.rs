use js_sys::JSON;
use serde::de::DeserializeOwned;

use crate::protocol::json::Object;

impl Object {
    /// The object as a type of the app, such as the claims of a [`User`](crate::User) or of UserInfo
    /// (browsers only).
    ///
    /// Fails with the name of the first member that is missing or of another type; what the type does not
    /// name is left out. A claim is what the issuer says: that it has the right type makes it no better.
    ///
    /// ```
    /// # #[cfg(target_arch = "wasm32")]
    /// # fn roles(user: &portcullis::User) {
    /// #[derive(serde::Deserialize)]
    /// struct Claims {
    ///     name: String,
    ///     #[serde(default)]
    ///     roles: Vec<String>,
    /// }
    ///
    /// match user.claims().deserialize::<Claims>() {
    ///     Ok(Claims { name, roles }) => println!("{name} is {}", roles.join(" and ")),
    ///     Err(error) => println!("the ID token has other claims: {error}"),
    /// }
    /// # }
    /// ```
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, serde_wasm_bindgen::Error> {
        serde_wasm_bindgen::from_value(JSON::parse(&self.to_text())?)
    }
}
