//! [`live_gate`]: a pure function from what there is to the permission to trade with real money, or every reason why not.

use adapters::{Environment, KeyProblem, KeyRights};
use engine::config::{Contradiction, Summary};
use types::hard_limits::HardLimits;
use types::ids::Asset;
use types::market::TsNanos;
use types::num::Money;

use super::{PermissionError, SignedPermission};
use crate::ladder::Rung;
use crate::limits::{LimitsError, SignedLimits};
use crate::operator_keys::SignedBy;
use crate::run_config::{Mode, ProfileName, RunConfig};

/// How many persons a team needs.
const PERSONS: usize = 2;

/// Everything the gate looks at. It reads no file, no clock and no venue itself.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    /// The configuration.
    pub(crate) config: &'a RunConfig,
    /// The hard limits, or why there are none.
    pub(crate) limits: Result<&'a SignedLimits, &'a LimitsError>,
    /// The permission, or why there is none.
    pub(crate) permission: Result<&'a SignedPermission, &'a PermissionError>,
    /// What the venue says of the key; `None` before it was asked.
    pub(crate) rights: Option<&'a KeyRights>,
    /// What the operator typed; `None` before anybody did.
    pub(crate) typed: Option<&'a str>,
    /// What may be used, in quote currency.
    pub(crate) capital: Money,
    /// The quote currency.
    pub(crate) quote: &'a Asset,
    /// Whether an account of the capital can trade on this rung: [`engine::config::satisfiable`].
    pub(crate) account: &'a Result<Summary, Vec<Contradiction>>,
    /// Now.
    pub(crate) now: TsNanos,
}

/// The permission to trade with real money. The gate alone makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LivePermission {
    rung: Rung,
    limits: HardLimits,
    by: Vec<SignedBy>,
    expires: TsNanos,
}

/// Why no real money moves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WhyNot {
    /// The mode is another.
    #[error("NOT_LIVE: run.mode is not live")]
    NotLive,
    /// The flag is off.
    #[error("FLAG_OFF: live.live_trading is false, wanted true")]
    FlagOff,
    /// There are no signed limits.
    #[error("LIMITS: {0}")]
    Limits(String),
    /// There is no signed permission.
    #[error("PERMISSION: {0}")]
    Permission(String),
    /// It permits something else.
    #[error(
        "OTHER_TERMS: {what} is {configured}, permitted is {permitted}: ask again with `plimsoll config permit-live`"
    )]
    OtherTerms {
        /// What.
        what: &'static str,
        /// What the configuration says.
        configured: String,
        /// What was signed.
        permitted: String,
    },
    /// One person has not waited long enough.
    #[error("TOO_EARLY: one person's permission counts from {0} on, a day after it was asked for")]
    TooEarly(TsNanos),
    /// It is over.
    #[error("EXPIRED: the permission ended at {0}: ask again with `plimsoll config permit-live`")]
    Expired(TsNanos),
    /// A second person is wanted.
    #[error(
        "ONE_PERSON: {0} of 2 persons signed the permission: the second runs `plimsoll config permit-live` too"
    )]
    OnePerson(usize),
    /// The key can do too much or too little.
    #[error(transparent)]
    Key(#[from] KeyProblemShown),
    /// Nobody asked the venue what the key may do.
    #[error(
        "KEY_NOT_ASKED: the venue has not said yet what the key may do: it is asked at the start"
    )]
    KeyNotAsked,
    /// Nobody typed the confirmation.
    #[error("NOT_TYPED: type `{wanted}`, exactly so, when the run starts")]
    NotTyped {
        /// The words.
        wanted: String,
    },
    /// The account cannot trade on this rung.
    #[error("ACCOUNT: {0}; paper trading needs no account: mode = \"paper\"")]
    Account(String),
}

/// A problem of the key, with its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct KeyProblemShown(pub(crate) KeyProblem);

impl WhyNot {
    /// Returns whether a start alone can bring what is missing.
    pub(crate) const fn is_for_the_start(&self) -> bool {
        match self {
            Self::KeyNotAsked | Self::NotTyped { .. } => true,
            Self::NotLive
            | Self::FlagOff
            | Self::Limits(_)
            | Self::Permission(_)
            | Self::OtherTerms { .. }
            | Self::TooEarly(_)
            | Self::Expired(_)
            | Self::OnePerson(_)
            | Self::Key(_)
            | Self::Account(_) => false,
        }
    }
}

impl LivePermission {
    /// Returns the rung, at most the permitted one.
    pub(crate) const fn rung(&self) -> Rung {
        self.rung
    }

    /// Returns the hard limits of the signed file.
    pub(crate) const fn limits(&self) -> &HardLimits {
        &self.limits
    }

    /// Returns who permitted it.
    pub(crate) fn by(&self) -> &[SignedBy] {
        &self.by
    }

    /// Returns when it ends.
    pub(crate) const fn expires(&self) -> TsNanos {
        self.expires
    }
}

/// Returns the words that an operator types before real money moves.
pub(crate) fn confirmation(capital: Money, quote: &Asset) -> String {
    format!("I may lose all of {capital} {quote}")
}

/// Lets real money in, or says every reason why not.
///
/// # Errors
/// Every [`WhyNot`] that stands against it.
pub(crate) fn live_gate(ask: &Ask<'_>) -> Result<LivePermission, Vec<WhyNot>> {
    let mut why = Vec::new();
    if ask.config.run.mode != Mode::Live {
        why.push(WhyNot::NotLive);
    }
    if !ask.config.live.live_trading {
        why.push(WhyNot::FlagOff);
    }
    if let Err(error) = ask.limits {
        why.push(WhyNot::Limits(error.to_string()));
    }
    match ask.permission {
        Ok(signed) => {
            terms(ask, signed, &mut why);
            persons_and_time(ask, signed, &mut why);
        }
        Err(error) => why.push(WhyNot::Permission(error.to_string())),
    }
    match ask.rights {
        None => why.push(WhyNot::KeyNotAsked),
        Some(rights) => {
            let problems = rights.problems(Environment::Live);
            why.extend(problems.into_iter().map(|problem| WhyNot::Key(KeyProblemShown(problem))));
        }
    }
    let wanted = confirmation(ask.capital, ask.quote);
    if ask.typed.map(str::trim) != Some(wanted.as_str()) {
        why.push(WhyNot::NotTyped { wanted });
    }
    if let Err(found) = ask.account {
        why.extend(found.iter().map(|found| WhyNot::Account(found.to_string())));
    }
    match (ask.limits, ask.permission, why.is_empty()) {
        (Ok(limits), Ok(signed), true) => Ok(LivePermission {
            rung: ask.config.live.rung,
            limits: limits.limits.clone(),
            by: signed.by.clone(),
            expires: signed.permission.expires,
        }),
        _ => Err(why),
    }
}

/// What was signed is what is configured, line by line.
fn terms(ask: &Ask<'_>, signed: &SignedPermission, why: &mut Vec<WhyNot>) {
    let (permitted, config) = (&signed.permission, ask.config);
    let mut other = |what, configured: String, permitted: String| {
        why.push(WhyNot::OtherTerms { what, configured, permitted });
    };
    let venue = config.binance().map(|venue| venue.endpoints.rest).unwrap_or_default();
    if venue != permitted.venue {
        other("the venue", venue, permitted.venue.clone());
    }
    if config.run.capital != permitted.capital {
        other("run.capital", config.run.capital.to_string(), permitted.capital.to_string());
    }
    if config.live.rung > permitted.rung {
        other("live.rung", config.live.rung.to_string(), permitted.rung.to_string());
    }
    if config.run.profile != permitted.profile {
        let shown = |profile| format!("{profile:?}").to_lowercase();
        other("run.profile", shown(config.run.profile), shown(permitted.profile));
    }
    if let Ok(limits) = ask.limits
        && limits.sha256 != permitted.limits_sha256
    {
        let short = |hash: &str| hash.chars().take(12).collect();
        other("the file of limits", short(&limits.sha256), short(&permitted.limits_sha256));
    }
}

fn persons_and_time(ask: &Ask<'_>, signed: &SignedPermission, why: &mut Vec<WhyNot>) {
    let permitted = &signed.permission;
    if ask.now >= permitted.expires {
        why.push(WhyNot::Expired(permitted.expires));
    }
    // The configuration's profile: a permission of another profile does not count anyway.
    match ask.config.run.profile {
        ProfileName::Solo => {
            let from = permitted.alone_from();
            if ask.now < from {
                why.push(WhyNot::TooEarly(from));
            }
        }
        ProfileName::Team => {
            if signed.by.len() < PERSONS {
                why.push(WhyNot::OnePerson(signed.by.len()));
            }
        }
    }
}
