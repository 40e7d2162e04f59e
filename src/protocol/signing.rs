//! The signature algorithms of [RFC 7518](https://www.rfc-editor.org/rfc/rfc7518#section-3.1) and
//! [RFC 8037](https://www.rfc-editor.org/rfc/rfc8037) that prove who signed. `none` and the HS family
//! are not among them.

use sha2::{Digest, Sha256};

macro_rules! algorithms {
    ($($name:ident $text:literal $hash:ident)*) => {
        /// A signature algorithm.
        ///
        /// ```
        /// use portcullis::protocol::signing::{Hash, SigningAlgorithm};
        ///
        /// assert_eq!(SigningAlgorithm::Ps384.as_str(), "PS384");
        /// assert_eq!(SigningAlgorithm::Ps384.hash(), Hash::Sha384);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum SigningAlgorithm { $(#[doc = concat!("`", $text, "`")] $name,)* }

        impl SigningAlgorithm {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in a JOSE header.
            ///
            /// ```
            /// # use portcullis::protocol::signing::SigningAlgorithm;
            /// assert_eq!(SigningAlgorithm::EdDsa.as_str(), "EdDSA");
            /// ```
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The hash it uses.
            ///
            /// ```
            /// # use portcullis::protocol::signing::{Hash, SigningAlgorithm};
            /// assert_eq!(SigningAlgorithm::Es256.hash(), Hash::Sha256);
            /// assert_eq!(SigningAlgorithm::EdDsa.hash(), Hash::Sha512);
            /// ```
            pub fn hash(self) -> Hash {
                match self { $(Self::$name => Hash::$hash,)* }
            }
        }
    };
}

algorithms! {
    Rs256 "RS256" Sha256
    Ps256 "PS256" Sha256
    Es256 "ES256" Sha256
    EdDsa "EdDSA" Sha512
    Es384 "ES384" Sha384
    Rs384 "RS384" Sha384
    Rs512 "RS512" Sha512
    Ps384 "PS384" Sha384
    Ps512 "PS512" Sha512
    Es512 "ES512" Sha512
}

impl SigningAlgorithm {
    /// The elliptic curve its keys are on; RSA keys are on none.
    ///
    /// ```
    /// # use portcullis::protocol::signing::SigningAlgorithm;
    /// assert_eq!(SigningAlgorithm::Es512.curve(), Some("P-521"));
    /// assert_eq!(SigningAlgorithm::Rs512.curve(), None);
    /// ```
    pub fn curve(self) -> Option<&'static str> {
        match self {
            Self::Es256 => Some("P-256"),
            Self::Es384 => Some("P-384"),
            Self::Es512 => Some("P-521"),
            Self::EdDsa => Some("Ed25519"),
            _ => None,
        }
    }

    /// The algorithm of this exact name.
    ///
    /// ```
    /// use portcullis::protocol::signing::SigningAlgorithm;
    ///
    /// assert_eq!(SigningAlgorithm::from_name("ES256"), Some(SigningAlgorithm::Es256));
    /// assert_eq!(SigningAlgorithm::from_name("none"), None);
    /// assert_eq!(SigningAlgorithm::from_name("HS256"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.as_str() == name)
    }
}

/// The hash of a signature algorithm, also used for `at_hash`.
///
/// ```
/// use portcullis::protocol::signing::{Hash, SigningAlgorithm};
///
/// // Half of this long is an `at_hash` in an ID token that RS384 signs.
/// let hash = SigningAlgorithm::Rs384.hash();
/// assert_eq!((hash, hash.bytes()), (Hash::Sha384, 48));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl Hash {
    /// The length of a digest in bytes.
    ///
    /// ```
    /// # use portcullis::protocol::signing::Hash;
    /// assert_eq!(Hash::Sha512.bytes() * 8, 512);
    /// ```
    pub fn bytes(self) -> u32 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Its name in Web Cryptography.
    ///
    /// ```
    /// # use portcullis::protocol::signing::Hash;
    /// assert_eq!(Hash::Sha256.as_str(), "SHA-256");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// The SHA-256 digest of `bytes`.
///
/// ```
/// use portcullis::protocol::{base64url, signing::sha256};
///
/// let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// assert_eq!(
///     base64url::encode(&sha256(verifier)),
///     "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
/// );
/// ```
pub fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
