//! [`KeyRights`]: what a key may do, and what it must not be able to do.

use std::fmt;

use types::market::TsNanos;

use crate::venue::Environment;

/// What a key may do at its venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRights {
    /// The venue said.
    Known(Rights),
    /// The venue has no way to ask; allowed where no real money moves.
    NotCheckable,
}

/// The rights of a key, each as the venue states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Reads orders and balances.
    pub read: bool,
    /// Places orders.
    pub trade: bool,
    /// Sends money out of the venue.
    pub withdraw: bool,
    /// Sends money to another account of the venue.
    pub internal_transfer: bool,
    /// Moves money between wallets of the account.
    pub universal_transfer: bool,
    /// Is taken from listed addresses alone.
    pub ip_restricted: bool,
    /// When the right to trade ends, if it does.
    pub trade_until: Option<TsNanos>,
}

/// Why a key must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyProblem {
    /// It can send money out of the venue.
    CanWithdraw,
    /// It can send money to other accounts.
    CanTransferInternally,
    /// It can move money between wallets.
    CanTransferUniversally,
    /// It works from every address.
    NoIpRestriction,
    /// It cannot read what we must know.
    CannotRead,
    /// It cannot trade.
    CannotTrade,
    /// Nobody can say what it may do.
    Unverified,
}

impl KeyProblem {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CanWithdraw => "KEY_CAN_WITHDRAW",
            Self::CanTransferInternally => "KEY_CAN_TRANSFER_INTERNALLY",
            Self::CanTransferUniversally => "KEY_CAN_TRANSFER_UNIVERSALLY",
            Self::NoIpRestriction => "KEY_WITHOUT_IP_RESTRICTION",
            Self::CannotRead => "KEY_CANNOT_READ",
            Self::CannotTrade => "KEY_CANNOT_TRADE",
            Self::Unverified => "KEY_RIGHTS_UNVERIFIED",
        }
    }
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::CanWithdraw => "the key can withdraw: switch withdrawals off for it",
            Self::CanTransferInternally => {
                "the key can transfer to other accounts: switch internal transfer off for it"
            }
            Self::CanTransferUniversally => {
                "the key can transfer between wallets: switch universal transfer off for it"
            }
            Self::NoIpRestriction => {
                "the key works from every address: restrict it to the addresses you trade from"
            }
            Self::CannotRead => "the key cannot read orders and balances: switch reading on for it",
            Self::CannotTrade => "the key cannot trade: switch spot trading on for it",
            Self::Unverified => "the venue does not say what the key may do: ask for it again",
        };
        write!(f, "{}: {text}", self.code())
    }
}

impl KeyRights {
    /// Returns every reason why the key must not be used, none if it may.
    ///
    /// Where no real money moves, rights that could move it are let pass: test networks hand out keys
    /// as they like. What a key cannot do counts everywhere.
    #[must_use]
    pub fn problems(&self, environment: Environment) -> Vec<KeyProblem> {
        let live = match environment {
            Environment::Live => true,
            Environment::Testnet | Environment::Simulated => false,
        };
        let rights = match self {
            Self::Known(rights) => rights,
            Self::NotCheckable if live => return vec![KeyProblem::Unverified],
            Self::NotCheckable => return Vec::new(),
        };
        [
            (live && rights.withdraw, KeyProblem::CanWithdraw),
            (live && rights.internal_transfer, KeyProblem::CanTransferInternally),
            (live && rights.universal_transfer, KeyProblem::CanTransferUniversally),
            (live && !rights.ip_restricted, KeyProblem::NoIpRestriction),
            (!rights.read, KeyProblem::CannotRead),
            (!rights.trade, KeyProblem::CannotTrade),
        ]
        .into_iter()
        .filter_map(|(holds, problem)| holds.then_some(problem))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key as it should be.
    fn sound() -> Rights {
        Rights {
            read: true,
            trade: true,
            withdraw: false,
            internal_transfer: false,
            universal_transfer: false,
            ip_restricted: true,
            trade_until: None,
        }
    }

    #[test]
    fn each_right_too_many_or_too_few_is_named() {
        use KeyProblem as P;
        type Line = (fn(&mut Rights), &'static [KeyProblem], &'static [KeyProblem]);
        let story: [Line; 8] = [
            (|_| (), &[], &[]),
            (|r| r.withdraw = true, &[P::CanWithdraw], &[]),
            (|r| r.internal_transfer = true, &[P::CanTransferInternally], &[]),
            (|r| r.universal_transfer = true, &[P::CanTransferUniversally], &[]),
            (|r| r.ip_restricted = false, &[P::NoIpRestriction], &[]),
            (|r| r.read = false, &[P::CannotRead], &[P::CannotRead]),
            (|r| r.trade = false, &[P::CannotTrade], &[P::CannotTrade]),
            (
                |r| (r.withdraw, r.ip_restricted) = (true, false),
                &[P::CanWithdraw, P::NoIpRestriction],
                &[],
            ),
        ];
        for (change, live, elsewhere) in story {
            let mut rights = sound();
            change(&mut rights);
            let rights = KeyRights::Known(rights);
            assert_eq!(rights.problems(Environment::Live), live);
            assert_eq!(rights.problems(Environment::Testnet), elsewhere);
            assert_eq!(rights.problems(Environment::Simulated), elsewhere);
        }
    }

    #[test]
    fn a_key_that_cannot_be_checked_is_not_used_live() {
        let rights = KeyRights::NotCheckable;
        assert_eq!(rights.problems(Environment::Live), [KeyProblem::Unverified]);
        assert_eq!(rights.problems(Environment::Testnet), []);
    }
}
