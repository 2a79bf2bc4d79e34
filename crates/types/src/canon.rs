//! The canonical form of a state: what `state_hash` and `books_hash` stand on.

use std::fmt;

use serde::ser::{self, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256 of something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Returns the hash of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A state that has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("state has no canonical form: {0}")]
pub struct CanonError(String);

impl ser::Error for CanonError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Returns the hash of a state.
///
/// Fields in order of declaration; integers little-endian at their width; `f64` as bits with -0.0
/// mapped to 0.0; lengths before sequences, maps, texts; variants by their place.
///
/// # Errors
/// `CanonError` if a number is NaN or infinite, or a sequence does not know its length.
pub fn hash(state: &impl Serialize) -> Result<Hash, CanonError> {
    let mut canon = Canon { hash: Sha256::new() };
    state.serialize(&mut canon)?;
    Ok(Hash(canon.hash.finalize().into()))
}

struct Canon {
    hash: Sha256,
}

impl Canon {
    fn put(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    fn length(&mut self, length: usize) {
        self.put(&(length as u64).to_le_bytes());
    }
}

macro_rules! integers {
    ($($method:ident $type:ty;)+) => {
        $(fn $method(self, v: $type) -> Result<(), CanonError> {
            self.put(&v.to_le_bytes());
            Ok(())
        })+
    };
}

impl<'a> ser::Serializer for &'a mut Canon {
    type Ok = ();
    type Error = CanonError;
    type SerializeSeq = &'a mut Canon;
    type SerializeTuple = &'a mut Canon;
    type SerializeTupleStruct = &'a mut Canon;
    type SerializeTupleVariant = &'a mut Canon;
    type SerializeMap = &'a mut Canon;
    type SerializeStruct = &'a mut Canon;
    type SerializeStructVariant = &'a mut Canon;

    integers! {
        serialize_i8 i8; serialize_i16 i16; serialize_i32 i32; serialize_i64 i64;
        serialize_i128 i128; serialize_u8 u8; serialize_u16 u16; serialize_u32 u32;
        serialize_u64 u64; serialize_u128 u128;
    }

    fn serialize_bool(self, v: bool) -> Result<(), CanonError> {
        self.put(&[u8::from(v)]);
        Ok(())
    }

    fn serialize_f32(self, v: f32) -> Result<(), CanonError> {
        self.serialize_f64(f64::from(v))
    }

    fn serialize_f64(self, v: f64) -> Result<(), CanonError> {
        if !v.is_finite() {
            return Err(CanonError(format!("a number is {v}")));
        }
        let v = if v.to_bits() == (-0.0_f64).to_bits() { 0.0 } else { v };
        self.put(&v.to_bits().to_le_bytes());
        Ok(())
    }

    fn serialize_char(self, v: char) -> Result<(), CanonError> {
        self.serialize_u32(v.into())
    }

    fn serialize_str(self, v: &str) -> Result<(), CanonError> {
        self.serialize_bytes(v.as_bytes())
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<(), CanonError> {
        self.length(v.len());
        self.put(v);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), CanonError> {
        self.put(&[0]);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CanonError> {
        self.put(&[1]);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), CanonError> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
    ) -> Result<(), CanonError> {
        self.serialize_u32(index)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), CanonError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), CanonError> {
        self.put(&index.to_le_bytes());
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, CanonError> {
        self.length(length.ok_or_else(|| CanonError("a sequence of unknown length".to_owned()))?);
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, CanonError> {
        Ok(self)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, CanonError> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, CanonError> {
        self.put(&index.to_le_bytes());
        Ok(self)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, CanonError> {
        self.serialize_seq(length)
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, CanonError> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, CanonError> {
        self.put(&index.to_le_bytes());
        Ok(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! compound {
    ($($trait:ident $method:ident;)+) => {
        $(impl ser::$trait for &mut Canon {
            type Ok = ();
            type Error = CanonError;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonError> {
                value.serialize(&mut **self)
            }
            fn end(self) -> Result<(), CanonError> {
                Ok(())
            }
        })+
    };
}

compound! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! fields {
    ($($trait:ident;)+) => {
        $(impl ser::$trait for &mut Canon {
            type Ok = ();
            type Error = CanonError;
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _: &'static str,
                value: &T,
            ) -> Result<(), CanonError> {
                value.serialize(&mut **self)
            }
            fn end(self) -> Result<(), CanonError> {
                Ok(())
            }
        })+
    };
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

impl ser::SerializeMap for &mut Canon {
    type Ok = ();
    type Error = CanonError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CanonError> {
        key.serialize(&mut **self)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonError> {
        value.serialize(&mut **self)
    }
    fn end(self) -> Result<(), CanonError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Serialize)]
    struct Nothing;

    #[derive(serde::Serialize)]
    struct Named(u16);

    #[derive(serde::Serialize)]
    struct Pair(u8, bool);

    #[derive(serde::Serialize)]
    struct Held {
        qty: i64,
        stop: Option<u8>,
    }

    #[derive(serde::Serialize)]
    enum Mode {
        Normal,
        Since(u8),
        Between(u8, u8),
        Because { code: u8, text: &'static str },
    }

    /// The form is written down by hand: a journal of years ago has to have its hash in every build to come.
    fn stands_for(state: &impl Serialize, bytes: &[u8]) {
        assert_eq!(hash(state), Ok(Hash::from_bytes(Sha256::digest(bytes).into())), "{bytes:?}");
    }

    #[test]
    fn numbers_stand_at_their_width_little_endian() {
        stands_for(&true, &[1]);
        stands_for(&-2_i8, &[0xfe]);
        stands_for(&-2_i16, &[0xfe, 0xff]);
        stands_for(&0x0102_0304_i32, &[4, 3, 2, 1]);
        stands_for(&1_i64, &[1, 0, 0, 0, 0, 0, 0, 0]);
        stands_for(&-1_i128, &[0xff; 16]);
        stands_for(&1_u128, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        stands_for(&'\u{20ac}', &[0xac, 0x20, 0, 0]);
        stands_for(&1.5_f64, &[0, 0, 0, 0, 0, 0, 0xf8, 0x3f]);
        stands_for(&1.5_f32, &[0, 0, 0, 0, 0, 0, 0xf8, 0x3f]);
    }

    #[test]
    fn lengths_stand_before_what_has_a_length_of_its_own() {
        stands_for(&"ab", &[2, 0, 0, 0, 0, 0, 0, 0, b'a', b'b']);
        stands_for(&vec![7_u16], &[1, 0, 0, 0, 0, 0, 0, 0, 7, 0]);
        stands_for(&BTreeMap::from([(1_u8, 2_u16)]), &[1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0]);
        stands_for(&(3_u8, 4_u8), &[3, 4]);
        stands_for(&Pair(5, true), &[5, 1]);
    }

    #[test]
    fn fields_stand_in_order_and_variants_by_their_place() {
        stands_for(&(Nothing, ()), &[]);
        stands_for(&Named(9), &[9, 0]);
        stands_for(&Held { qty: 1, stop: Some(2) }, &[1, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        stands_for(&Held { qty: 1, stop: None }, &[1, 0, 0, 0, 0, 0, 0, 0, 0]);
        stands_for(&Mode::Normal, &[0, 0, 0, 0]);
        stands_for(&Mode::Since(6), &[1, 0, 0, 0, 6]);
        stands_for(&Mode::Between(6, 7), &[2, 0, 0, 0, 6, 7]);
        let because = Mode::Because { code: 8, text: "a" };
        stands_for(&because, &[3, 0, 0, 0, 8, 1, 0, 0, 0, 0, 0, 0, 0, b'a']);
    }

    #[test]
    fn a_hash_is_read_as_sixty_four_digits() {
        let empty = hash(&()).unwrap();
        let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(
            (empty.to_string(), format!("{empty:?}")),
            (digits.to_owned(), digits.to_owned())
        );
    }

    /// A sequence that cannot say how long it will be, and a part that has no form at all.
    enum Odd {
        Endless,
        Formless,
    }

    impl Serialize for Odd {
        fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Endless => ser::SerializeSeq::end(serializer.serialize_seq(None)?),
                Self::Formless => Err(ser::Error::custom("an open file")),
            }
        }
    }

    #[test]
    fn what_has_no_form_says_why() {
        let why = |state: Odd| hash(&state).unwrap_err().to_string();
        assert_eq!(why(Odd::Endless), "state has no canonical form: a sequence of unknown length");
        assert_eq!(why(Odd::Formless), "state has no canonical form: an open file");
    }

    #[test]
    fn minus_zero_is_zero_and_nothing_else_is_equal() {
        assert_eq!(hash(&-0.0_f64), hash(&0.0_f64));
        assert_ne!(hash(&1_u32), hash(&1_u64));
        assert_ne!(hash(&("ab", "c")), hash(&("a", "bc")));
        assert_ne!(hash(&Some(0_u8)), hash(&None::<u8>));
        assert_ne!(hash(&vec![1_u8]), hash(&vec![1_u8, 0]));
    }

    #[test]
    fn a_state_with_nan_is_a_bug_that_is_seen() {
        assert!(hash(&f64::NAN).is_err());
        assert!(hash(&vec![1.0, f64::INFINITY]).is_err());
    }
}
