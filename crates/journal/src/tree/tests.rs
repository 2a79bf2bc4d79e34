//! The tree against the values and the definition of RFC 6962.

use std::convert::Infallible;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

/// The definition of RFC 6962, section 2.1, word by word.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        [..] => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&mth(left), &mth(right))
        }
    }
}

struct Leaves(Vec<Hash>);

impl Nodes for Leaves {
    type Error = Infallible;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, Infallible> {
        let from = usize::try_from(index << level).unwrap();
        Ok(mth(&self.0[from..from + (1 << level)]))
    }
}

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&[number])).collect()
}

fn inclusion(leaves: &[Hash], index: u64) -> Inclusion {
    let size = u64::try_from(leaves.len()).unwrap();
    prove_inclusion(&mut Leaves(leaves.to_vec()), index, size).unwrap().unwrap()
}

fn consistency(leaves: &[Hash], old: u64) -> Consistency {
    let size = u64::try_from(leaves.len()).unwrap();
    prove_consistency(&mut Leaves(leaves.to_vec()), old, size).unwrap().unwrap()
}

#[test]
fn the_empty_root_is_the_hash_of_nothing() {
    assert_eq!(Hash::of(b""), EMPTY_ROOT);
    assert_eq!(CompactRange::new().root(), EMPTY_ROOT);
}

/// Around each border of a block, and of what has to be padded over two.
#[test]
fn leaves_and_nodes_of_every_length_are_what_a_hasher_says() {
    let data: Vec<u8> = (0..=255).cycle().take(400).collect();
    for length in 0..data.len() {
        let leaf = Sha256::new_with_prefix([0]).chain_update(&data[..length]).finalize();
        assert_eq!(leaf_hash(&data[..length]), Hash(leaf.into()), "{length}");
    }
    for pair in leaves(40).windows(2) {
        let [left, right] = [pair[0], pair[1]];
        let node = Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0);
        assert_eq!(node_hash(&left, &right), Hash(node.finalize().into()));
    }
}

/// Values of the reference implementation's test (`certificate-transparency`, `merkle_tree_test.cc`).
#[test]
fn roots_are_those_of_the_reference() {
    let inputs: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let mut range = CompactRange::new();
    inputs.iter().for_each(|input| range.push(leaf_hash(input)));
    let root = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
    assert_eq!(range.root().to_string(), root);
}

#[test]
fn a_hash_is_written_and_read_in_one_form_only() {
    let text = EMPTY_ROOT.to_string();
    assert_eq!(text.parse(), Ok(EMPTY_ROOT));
    for wrong in
        ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('e', "+")]
    {
        assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
    }
}

#[test]
fn each_size_has_its_root_and_each_leaf_its_proof() {
    let mut range = CompactRange::new();
    for size in 1..=70_u8 {
        let leaves = leaves(size);
        range.push(leaves[usize::from(size) - 1]);
        let root = mth(&leaves);
        assert_eq!((range.root(), range.size()), (root, u64::from(size)));
        for (index, leaf) in (0..).zip(&leaves) {
            let proof = inclusion(&leaves, index);
            assert_eq!(proof.verify(leaf, &root), Ok(()), "{index} of {size}");
            let other = Inclusion { index: (index + 1) % u64::from(size), ..proof };
            assert!(size == 1 || other.verify(leaf, &root).is_err(), "{index} of {size}");
        }
    }
}

#[test]
fn each_smaller_tree_is_proven_to_be_the_beginning() {
    for new in 0..=70_u8 {
        let all = leaves(new);
        for old in 0..=new {
            let proof = consistency(&all, u64::from(old));
            let (old_root, new_root) = (mth(&all[..usize::from(old)]), mth(&all));
            assert_eq!(proof.verify(&old_root, &new_root), Ok(()), "{old} of {new}");
            assert!(proof.verify(&Hash([0; 32]), &new_root).is_err(), "{old} of {new}");
            assert!(old == 0 || proof.verify(&old_root, &Hash([0; 32])).is_err(), "{old} of {new}");
        }
    }
}

#[test]
fn what_lies_outside_of_the_tree_has_no_proof() {
    let mut nodes = Leaves(leaves(3));
    assert_eq!(prove_inclusion(&mut nodes, 3, 3), Ok(None));
    assert_eq!(prove_inclusion(&mut nodes, 0, 0), Ok(None));
    assert_eq!(prove_consistency(&mut nodes, 4, 3), Ok(None));
    let hash = Hash([1; 32]);
    let proof = Inclusion { index: 3, size: 3, path: vec![] };
    assert_eq!(proof.verify(&hash, &hash), Err(ProofError::Outside { part: 3, size: 3 }));
    let proof = Consistency { old: 4, new: 3, path: vec![] };
    assert_eq!(proof.verify(&hash, &hash), Err(ProofError::Outside { part: 4, size: 3 }));
    let proof = Inclusion { index: 0, size: 1, path: vec![hash; 100_000] };
    assert_eq!(proof.verify(&hash, &hash), Err(ProofError::Length(100_000)));
}

/// Nothing vouches for the empty tree's root in a proof from nothing but the definition.
#[test]
fn the_beginning_of_nothing_is_the_empty_root_alone() {
    let proof = consistency(&leaves(5), 0);
    assert_eq!(proof.verify(&EMPTY_ROOT, &mth(&leaves(5))), Ok(()));
    assert!(proof.verify(&mth(&leaves(1)), &mth(&leaves(5))).is_err());
}

#[test]
fn a_compact_range_comes_back_from_its_bytes_and_grows_on() {
    let all = leaves(100);
    let mut range = CompactRange::new();
    all[..37].iter().for_each(|leaf| range.push(*leaf));
    let bytes = range.to_bytes();
    assert_eq!(bytes.len(), 8 + 3 * 32);
    for len in 0..bytes.len() {
        assert!(CompactRange::from_bytes(&bytes[..len]).is_err(), "{len}");
    }
    let mut range = CompactRange::from_bytes(&bytes).unwrap();
    all[37..].iter().for_each(|leaf| range.push(*leaf));
    assert_eq!(range.root(), mth(&all));
}

#[test]
fn each_whole_subtree_is_noted_once() {
    let all = leaves(64);
    let mut nodes = Leaves(all.clone());
    let mut range = CompactRange::new();
    let mut noted = 0;
    for (index, leaf) in (0_u64..).zip(&all) {
        range.push_noting(*leaf, |level, hash| {
            noted += 1;
            assert_eq!(nodes.node(level, index >> level), Ok(hash));
        });
        assert_eq!(compact_range(&mut nodes, index + 1), Ok(range.clone()));
    }
    assert_eq!(noted, 63);
}

proptest! {
    /// Any change of a proof, its leaf or its root is refused.
    #[test]
    fn an_altered_proof_does_not_hold(
        count in 2..60_u8, index in 0..60_u64, at: usize, bit in 0..256_usize, how in 0..4,
    ) {
        let all = leaves(count);
        let index = index % u64::from(count);
        let (leaf, root) = (all[usize::try_from(index).unwrap()], mth(&all));
        let mut proof = inclusion(&all, index);
        let place = at % proof.path.len();
        match how {
            0 => proof.path[place].0[bit / 8] ^= 1 << (bit % 8),
            1 => { proof.path.remove(place); }
            2 => proof.path.insert(place, Hash([7; 32])),
            _ => proof.path.push(root),
        }
        prop_assert!(proof.verify(&leaf, &root).is_err());
    }

    #[test]
    fn hostile_proofs_give_an_error(
        index: u64, size: u64, old: u64, path in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let path: Vec<Hash> = path.into_iter().map(Hash).collect();
        let (leaf, root) = (Hash([1; 32]), Hash([2; 32]));
        let proof = Inclusion { index, size, path: path.clone() };
        prop_assert!(proof.verify(&leaf, &root).is_err());
        let proof = Consistency { old, new: size, path };
        prop_assert!(proof.verify(&leaf, &root).is_err());
    }

    #[test]
    fn hostile_ranges_give_an_error_or_a_range_that_grows(bytes: Vec<u8>) {
        if let Ok(mut range) = CompactRange::from_bytes(&bytes) {
            let size = range.size();
            if size < u64::MAX {
                range.push(Hash([0; 32]));
                prop_assert_eq!(range.size(), size + 1);
            }
        }
    }
}
