use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Length of the master key and of every wrap key.
pub const MASTER_KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// A key does not open what it should, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key is not the one that sealed this, or the bytes or the row they belong to were changed.
    #[error("sealed bytes do not open: another key sealed them, or they were changed or moved")]
    DoesNotOpen,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

struct Key(Aes256Gcm);

impl Key {
    fn new(bytes: &[u8; MASTER_KEY_BYTES]) -> Self {
        Self(Aes256Gcm::new(bytes.into()))
    }

    /// Nonce, ciphertext, tag. `row` is bound to it and must be given again to open it.
    fn seal(&self, plain: &[u8], row: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0_u8; NONCE_BYTES];
        SysRng.try_fill_bytes(&mut nonce).map_err(|_| SealError::NoRandomness)?;
        let sealed = self
            .0
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: row })
            .map_err(|_| SealError::DoesNotOpen)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8], row: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::DoesNotOpen)?;
        let plain = self.0.decrypt(&Nonce::from(*nonce), Payload { msg: rest, aad: row });
        plain.map(Zeroizing::new).map_err(|_| SealError::DoesNotOpen)
    }
}

/// Seals under the master key.
pub struct Sealer {
    key: Key,
    version: i32,
}

impl Sealer {
    /// A sealer under `master_key`, which is version 1 until master keys are rotated.
    pub fn new(master_key: &[u8; MASTER_KEY_BYTES]) -> Self {
        Self { key: Key::new(master_key), version: 1 }
    }

    /// A sealer for what others hold, under a key that is derived for `purpose`: strangers may have it used without
    /// end, and nothing of it opens as something of the database.
    pub fn derived(master_key: &[u8; MASTER_KEY_BYTES], purpose: &[u8]) -> Self {
        let mut key = Zeroizing::new([0; MASTER_KEY_BYTES]);
        // 32 bytes are within what HKDF can give.
        let _always = Hkdf::<Sha256>::new(None, master_key).expand(purpose, key.as_mut());
        Self::new(&key)
    }

    /// The version that is written beside what is sealed.
    pub fn version(&self) -> i32 {
        self.version
    }

    /// Seals `plain`, bound to `row`.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn seal(&self, plain: &[u8], row: &[u8]) -> Result<Vec<u8>, SealError> {
        self.key.seal(plain, row)
    }

    /// Opens what was sealed for `row`.
    ///
    /// # Errors
    /// [`SealError::DoesNotOpen`].
    pub fn open(&self, sealed: &[u8], row: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.key.open(sealed, row)
    }
}

/// A Domain's wrap key, opened: seals the PSKs of its Nodes.
pub struct WrapKey {
    key: Key,
    version: i32,
}

impl WrapKey {
    pub(super) fn new(bytes: &[u8; MASTER_KEY_BYTES], version: i32) -> Self {
        Self { key: Key::new(bytes), version }
    }

    /// The version that is written beside what is sealed.
    pub fn version(&self) -> i32 {
        self.version
    }

    /// Seals a PSK, bound to `row`.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn seal(&self, psk: &[u8], row: &[u8]) -> Result<Vec<u8>, SealError> {
        self.key.seal(psk, row)
    }

    /// Opens what was sealed for `row`.
    ///
    /// # Errors
    /// [`SealError::DoesNotOpen`].
    pub fn open(&self, sealed: &[u8], row: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.key.open(sealed, row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_own_row_only() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal(b"secret", b"row 1").unwrap();
        assert_eq!(sealer.open(&sealed, b"row 1").unwrap().as_slice(), b"secret");
        assert!(sealer.open(&sealed, b"row 2").is_err());
        assert!(Sealer::new(&[8; 32]).open(&sealed, b"row 1").is_err());
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        assert!(sealer.open(&changed, b"row 1").is_err());
        assert!(sealer.open(&sealed[..5], b"row 1").is_err());
        assert_ne!(sealer.seal(b"secret", b"row 1").unwrap(), sealed, "a nonce is never used twice");
    }
}
