//! Two libraries that are not ours compute the same roots and proofs, and accept each other's.

use std::cell::RefCell;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use journal::tree::{
    CompactRange, Consistency, Hash, Inclusion, Nodes, leaf_hash, node_hash, prove_consistency,
    prove_inclusion,
};
use proptest::prelude::*;
use sha2::Sha256;
use tlog_tiles::HashReader;

/// A tree in memory, each level in a row.
#[derive(Debug, Default)]
struct Levels(Vec<Vec<Hash>>);

impl Levels {
    fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for level in 0.. {
            if self.0.len() == level {
                self.0.push(Vec::new());
            }
            let row = &mut self.0[level];
            row.push(node);
            if row.len() % 2 == 1 {
                return;
            }
            node = node_hash(&row[row.len() - 2], &node);
        }
    }
}

impl Nodes for Levels {
    type Error = std::convert::Infallible;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error> {
        Ok(self.0[usize::try_from(level).unwrap()][usize::try_from(index).unwrap()])
    }
}

/// The store of `tlog_tiles`.
#[derive(Default)]
struct Stored(RefCell<Vec<tlog_tiles::Hash>>);

impl HashReader for Stored {
    fn read_hashes(
        &self,
        indexes: &[u64],
    ) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::tlog::Error> {
        let stored = self.0.borrow();
        Ok(indexes.iter().map(|index| stored[usize::try_from(*index).unwrap()]).collect())
    }
}

/// One journal's leaves in three trees.
#[derive(Default)]
struct Trees {
    ours: CompactRange,
    levels: Levels,
    tiles: Stored,
    merkle: MemoryBackedTree<Sha256, Vec<u8>>,
}

impl Trees {
    fn push(&mut self, data: Vec<u8>) {
        let size = self.ours.size();
        let hashes = tlog_tiles::stored_hashes(size, &data, &self.tiles).unwrap();
        self.tiles.0.borrow_mut().extend(hashes);
        self.ours.push(leaf_hash(&data));
        self.levels.push(leaf_hash(&data));
        self.merkle.push(data);
    }

    fn of(leaves: impl IntoIterator<Item = Vec<u8>>) -> Trees {
        let mut trees = Trees::default();
        leaves.into_iter().for_each(|leaf| trees.push(leaf));
        trees
    }

    fn size(&self) -> u64 {
        self.ours.size()
    }

    fn root_of(&self, size: u64) -> Hash {
        Hash(tlog_tiles::tree_hash(size, &self.tiles).unwrap().0)
    }

    fn check_roots(&self) {
        let root = self.ours.root();
        assert_eq!(self.root_of(self.size()), root);
        assert_eq!(self.merkle.root().as_bytes().as_slice(), root.0);
    }

    /// Their proofs are ours, and each verifies with all three.
    fn check_inclusion(&mut self, index: u64) {
        let (size, root) = (self.size(), self.ours.root());
        let ours = prove_inclusion(&mut self.levels, index, size).unwrap().unwrap();
        let place = usize::try_from(index).unwrap();
        let tiles = tlog_tiles::prove_record(size, index, &self.tiles).unwrap();
        assert_eq!(ours.path, from_tiles(&tiles));
        let merkle = self.merkle.prove_inclusion(place);
        assert_eq!(ours.path, from_bytes(merkle.as_bytes()));

        let data = self.merkle.get(place).unwrap().clone();
        let leaf = leaf_hash(&data);
        assert_eq!(ours.verify(&leaf, &root), Ok(()));
        tlog_tiles::check_record(
            &to_tiles(&ours.path),
            size,
            tlog_tiles::Hash(root.0),
            index,
            tlog_tiles::Hash(leaf.0),
        )
        .unwrap();
        let theirs = InclusionProof::try_from_bytes(to_bytes(&ours.path)).unwrap();
        merkle_root(root, size).verify_inclusion(&data, index, &theirs).unwrap();
        let again = Inclusion { index, size, path: from_bytes(merkle.as_bytes()) };
        assert_eq!(again.verify(&leaf, &root), Ok(()));
    }

    /// `old` is at least 1: the libraries prove nothing about the empty tree.
    fn check_consistency(&mut self, old: u64) {
        let (new, root) = (self.size(), self.ours.root());
        let old_root = self.root_of(old);
        let ours = prove_consistency(&mut self.levels, old, new).unwrap().unwrap();
        let tiles = tlog_tiles::prove_tree(new, old, &self.tiles).unwrap();
        assert_eq!(ours.path, from_tiles(&tiles), "{old} of {new}");
        let merkle = self.merkle.prove_consistency(usize::try_from(new - old).unwrap());
        assert_eq!(ours.path, from_bytes(merkle.as_bytes()), "{old} of {new}");

        assert_eq!(ours.verify(&old_root, &root), Ok(()));
        tlog_tiles::check_tree(
            &to_tiles(&ours.path),
            new,
            tlog_tiles::Hash(root.0),
            old,
            tlog_tiles::Hash(old_root.0),
        )
        .unwrap();
        let theirs = ConsistencyProof::try_from_bytes(to_bytes(&ours.path)).unwrap();
        merkle_root(root, new).verify_consistency(&merkle_root(old_root, old), &theirs).unwrap();
        let again = Consistency { old, new, path: from_tiles(&tiles) };
        assert_eq!(again.verify(&old_root, &root), Ok(()));
    }
}

fn merkle_root(root: Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new(root.0.into(), size)
}

fn from_tiles(path: &[tlog_tiles::Hash]) -> Vec<Hash> {
    path.iter().map(|hash| Hash(hash.0)).collect()
}

fn to_tiles(path: &[Hash]) -> Vec<tlog_tiles::Hash> {
    path.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect()
}

fn from_bytes(path: &[u8]) -> Vec<Hash> {
    let (hashes, odd) = path.as_chunks();
    assert!(odd.is_empty());
    hashes.iter().map(|hash| Hash(*hash)).collect()
}

fn to_bytes(path: &[Hash]) -> Vec<u8> {
    path.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn small_trees_agree_in_every_root_and_proof() {
    let mut trees = Trees::default();
    for size in 1..=40_u64 {
        trees.push(size.to_le_bytes().to_vec());
        trees.check_roots();
        (0..size).for_each(|index| trees.check_inclusion(index));
        (1..=size).for_each(|old| trees.check_consistency(old));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn larger_trees_agree(
        size in 1..1500_u64, length in 0..400_usize, picks in prop::collection::vec(any::<u64>(), 8),
    ) {
        let leaf = |number: u64| [&number.to_le_bytes()[..], &vec![7; length]].concat();
        let mut trees = Trees::of((0..size).map(leaf));
        trees.check_roots();
        for pick in picks {
            trees.check_inclusion(pick % size);
            trees.check_consistency(pick % size + 1);
        }
    }
}
