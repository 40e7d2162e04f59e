//! The signature algorithms of [RFC 7518](https://www.rfc-editor.org/rfc/rfc7518#section-3.1) and
//! [RFC 8037](https://www.rfc-editor.org/rfc/rfc8037) that prove who signed. `none` and the HS family
//! are not among them.

use sha2::{Digest, Sha256};

macro_rules! algorithms {
    ($($name:ident $text:literal $hash:ident)*) => {
        /// A signature algorithm.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum SigningAlgorithm { $(#[doc = concat!("`", $text, "`")] $name,)* }

        impl SigningAlgorithm {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in a JOSE header.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The hash it uses.
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
    pub fn bytes(self) -> u32 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Its name in Web Cryptography.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// The SHA-256 digest of `bytes`.
pub fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
