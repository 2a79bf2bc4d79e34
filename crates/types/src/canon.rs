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
    use super::*;

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
