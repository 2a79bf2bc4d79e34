//! [`AccountConfig`]: an account as the command line writes it, `KEY:SECRET:USDT=100000,BTC=2`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use types::ids::Asset;
use types::num::{Money, Qty};

use super::verify::{Secret, SecretError};

/// An account to open, with one key.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountConfig {
    /// What the client sends in `X-MBX-APIKEY`.
    pub key: String,
    /// What its signatures are checked with.
    pub secret: Secret,
    /// The key whose account this one opens as well; without it an account of its own.
    pub of: Option<String>,
    /// What the account holds at the start.
    pub balances: Vec<Balance>,
    /// What the key may do.
    pub rights: Rights,
}

/// An amount of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Which.
    pub asset: Asset,
    /// How much.
    pub amount: Money,
}

/// What a key may do, as `GET /sapi/v1/account/apiRestrictions` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// `enableReading`.
    pub read: bool,
    /// `enableSpotAndMarginTrading`.
    pub trade: bool,
    /// `enableWithdrawals`.
    pub withdraw: bool,
    /// `enableInternalTransfer` and `permitsUniversalTransfer`.
    pub transfer: bool,
    /// `ipRestrict`: only known addresses may use the key.
    pub ip_restricted: bool,
}

impl Default for Rights {
    fn default() -> Self {
        Self { read: true, trade: true, withdraw: false, transfer: false, ip_restricted: true }
    }
}

/// An account that cannot be opened. Nothing of the secret is in it.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not three or four parts.
    #[error(
        "an account has {0} parts, wanted KEY:SECRET:BALANCES or KEY:SECRET:BALANCES:RIGHTS, such as \
         mykey:mysecret:USDT=100000,BTC=2 or mykey:ed25519=public.pem:USDT=100000:read,trade"
    )]
    Parts(usize),
    /// The key cannot be one.
    #[error("the key `{0}` is not 1 to 64 characters of A-Z, a-z, 0-9, `-` and `_`")]
    Key(String),
    /// The secret is empty.
    #[error("the secret of the key `{0}` is empty")]
    NoSecret(String),
    /// The public key cannot be used.
    #[error("the key `{key}`: {source}")]
    Secret {
        /// Whose.
        key: String,
        /// Why.
        source: SecretError,
    },
    /// The file of the public key cannot be read.
    #[error("the public key of `{key}` in {}: {source}", file.display())]
    File {
        /// Whose.
        key: String,
        /// Which file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A balance cannot be read.
    #[error("the balance `{0}` is not ASSET=AMOUNT, such as USDT=100000")]
    Balance(String),
    /// A right that does not exist.
    #[error("the right `{0}` is not one of read, trade, withdraw, transfer, any-ip")]
    Right(String),
    /// A second key of an account that is not there.
    #[error("the key `{key}` is of={of}, but no account before it has that key")]
    NoAccount {
        /// The second key.
        key: String,
        /// The first.
        of: String,
    },
    /// A key that two accounts have.
    #[error("the key `{0}` is given twice")]
    Twice(String),
}

impl fmt::Debug for AccountConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountConfig")
            .field("key", &self.key)
            .field("secret", &self.secret)
            .field("of", &self.of)
            .field("balances", &self.balances)
            .field("rights", &self.rights)
            .finish()
    }
}

impl FromStr for AccountConfig {
    type Err = AccountError;

    /// Reads `KEY:SECRET:BALANCES[:RIGHTS]`. `of=OTHER` in the place of balances is a second key of OTHER's account. A secret `ed25519=FILE` or `ed25519=BASE64` is a public key.
    fn from_str(text: &str) -> Result<Self, AccountError> {
        let parts: Vec<&str> = text.split(':').collect();
        let (key, secret, balances, rights) = match parts[..] {
            [key, secret, balances] => (key, secret, balances, None),
            [key, secret, balances, rights] => (key, secret, balances, Some(rights)),
            _ => return Err(AccountError::Parts(parts.len())),
        };
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if key.is_empty() || key.len() > 64 || !key.chars().all(legal) {
            return Err(AccountError::Key(key.to_owned()));
        }
        let of = balances.strip_prefix("of=").map(str::to_owned);
        Ok(Self {
            key: key.to_owned(),
            secret: read_secret(key, secret)?,
            balances: if of.is_some() { Vec::new() } else { read_balances(balances)? },
            of,
            rights: rights.map_or(Ok(Rights::default()), read_rights)?,
        })
    }
}

fn read_secret(key: &str, text: &str) -> Result<Secret, AccountError> {
    let Some(public) = text.strip_prefix("ed25519=") else {
        if text.is_empty() {
            return Err(AccountError::NoSecret(key.to_owned()));
        }
        return Ok(Secret::Hmac(text.to_owned()));
    };
    match Secret::ed25519(public) {
        // Neither PEM nor base64: the name of a file.
        Err(SecretError::NotAPublicKey) => {
            let file = PathBuf::from(public);
            let text = std::fs::read_to_string(&file);
            let text =
                text.map_err(|source| AccountError::File { key: key.to_owned(), file, source })?;
            Secret::ed25519(&text)
        }
        read => read,
    }
    .map_err(|source| AccountError::Secret { key: key.to_owned(), source })
}

fn read_balances(text: &str) -> Result<Vec<Balance>, AccountError> {
    let words = text.split(',').filter(|word| !word.is_empty());
    words
        .map(|word| read_balance(word).ok_or_else(|| AccountError::Balance(word.to_owned())))
        .collect()
}

fn read_balance(word: &str) -> Option<Balance> {
    let (asset, amount) = word.split_once('=')?;
    let amount: Qty = amount.parse().ok().filter(|amount: &Qty| amount.raw() >= 0)?;
    Some(Balance { asset: Asset::new(asset).ok()?, amount: Money::of_qty(amount) })
}

fn read_rights(text: &str) -> Result<Rights, AccountError> {
    let none =
        Rights { read: false, trade: false, withdraw: false, transfer: false, ip_restricted: true };
    text.split(',').filter(|word| !word.is_empty()).try_fold(none, |rights, word| match word {
        "read" => Ok(Rights { read: true, ..rights }),
        "trade" => Ok(Rights { trade: true, ..rights }),
        "withdraw" => Ok(Rights { withdraw: true, ..rights }),
        "transfer" => Ok(Rights { transfer: true, ..rights }),
        "any-ip" => Ok(Rights { ip_restricted: false, ..rights }),
        other => Err(AccountError::Right(other.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AccountConfig, AccountError> {
        text.parse()
    }

    #[test]
    fn an_account_is_key_secret_balances_and_rights() {
        let account = read("k-1:s e c r e t:USDT=100000,BTC=2.5").unwrap();
        assert_eq!(account.key, "k-1");
        assert_eq!(account.secret, Secret::Hmac("s e c r e t".to_owned()));
        let held: Vec<String> =
            account.balances.iter().map(|b| format!("{}={}", b.asset, b.amount)).collect();
        assert_eq!(held, ["USDT=100000", "BTC=2.5"]);
        assert_eq!(account.rights, Rights::default());
        let rights = read("k:s::read,withdraw,any-ip").unwrap().rights;
        assert!(rights.read && rights.withdraw && !rights.trade && !rights.ip_restricted);
    }

    #[test]
    fn a_second_key_names_the_first_of_its_account() {
        let second = read("k-2:s:of=k-1:read").unwrap();
        assert_eq!((second.of.as_deref(), second.balances.len()), (Some("k-1"), 0));
        assert!(second.rights.read && !second.rights.trade);
        assert_eq!(read("k-1:s:USDT=1").unwrap().of, None);
    }

    #[test]
    fn mistakes_are_named_without_the_secret() {
        for (text, wanted) in [
            ("k:verysecret", "has 2 parts"),
            ("k::USDT=1", "the secret of the key `k` is empty"),
            ("a key:verysecret:USDT=1", "the key `a key`"),
            ("k:verysecret:USDT", "the balance `USDT`"),
            ("k:verysecret:USDT=-1", "the balance `USDT=-1`"),
            ("k:verysecret:USDT=1:fly", "the right `fly`"),
            ("k:ed25519=no/such/file:USDT=1", "no/such/file"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains(wanted) && !message.contains("verysecret"), "{message}");
        }
        assert!(!format!("{:?}", read("k:verysecret:USDT=1").unwrap()).contains("verysecret"));
    }

    #[test]
    fn a_public_key_may_be_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("public.pem");
        let signing = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
        use base64ct::Encoding as _;
        let base64 = base64ct::Base64::encode_string(&signing.verifying_key().to_bytes());
        std::fs::write(&file, format!("-----BEGIN PUBLIC KEY-----\n{base64}\n")).unwrap();
        let by_file = read(&format!("k:ed25519={}:", file.display())).unwrap();
        assert_eq!(by_file.secret, read(&format!("k:ed25519={base64}:")).unwrap().secret);
    }
}
