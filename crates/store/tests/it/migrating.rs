//! Files of earlier builds, and of later ones.

use rusqlite::Connection;
use store::{Store, StoreError, Table};
use types::side::Side;

use crate::support::{Desk, all, csv};

/// What the first build made of a journal: its tables, and rows of them.
fn of_the_first_build(desk: &Desk) {
    let file = Connection::open(desk.store_path()).unwrap();
    file.execute_batch(include_str!("../../src/migrations/0001.sql")).unwrap();
    let seq = i64::try_from(desk.head()).unwrap();
    let id = "01010101010101010101010101010101";
    file.execute("INSERT INTO progress VALUES (?1, ?2, x'0102')", (id, seq)).unwrap();
    file.execute_batch(
        "INSERT INTO modes VALUES (3, '2024-01-01T00:00:00.000000000Z', 'running', 'started', NULL);
         INSERT INTO days VALUES ('2024-01-01', 0.0, 1.0, NULL, NULL, 0, 0, 0.0, 0, 0.0, 0.0, 0.0);",
    )
    .unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
}

#[test]
fn a_file_of_the_first_build_is_migrated_and_its_rows_are_made_again() {
    let mut desk = Desk::new(1);
    desk.close_hour("100");
    let order = desk.place(Side::Buy, "1");
    desk.fill(order, Side::Buy, "1", "100");
    of_the_first_build(&desk);
    let error = Store::open_read_only(&desk.store_path()).unwrap_err();
    assert!(matches!(error, StoreError::Older { have: 1, wanted: 2 }), "{error}");

    let mut migrated = desk.store();
    assert_eq!(migrated.seq().unwrap().0, 0, "rows of another form do not stay");
    assert!(csv(&migrated, Table::Modes).lines().count() == 1);
    assert!(desk.follow(&mut migrated).unwrap().rebuilt);
    let mut fresh = Store::open(&desk.folder_for("fresh.sqlite")).unwrap();
    assert!(!desk.follow(&mut fresh).unwrap().rebuilt);
    assert_eq!(all(&migrated), all(&fresh));
    assert!(!desk.follow(&mut desk.store()).unwrap().rebuilt, "once");
}

/// A process that ends between migrating and following leaves no rows of the earlier form that count as new.
#[test]
fn a_migration_that_nobody_followed_on_is_followed_on_later() {
    let mut desk = Desk::new(1);
    desk.close_hour("100");
    of_the_first_build(&desk);
    drop(desk.store());
    let mut follower = desk.follower("store.sqlite");
    let step = follower.step().unwrap();
    assert_eq!((step.seq.0, step.entries), (desk.head(), desk.head()));
}

#[test]
fn a_file_of_a_later_build_is_left_alone() {
    let desk = Desk::new(1);
    let path = desk.store_path();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for error in [Store::open(&path).unwrap_err(), Store::open_read_only(&path).unwrap_err()] {
        assert!(matches!(error, StoreError::Newer { have: 99, .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains("use the newer build, or delete the store"), "{text}");
    }
}

/// What entries came to is kept in a form that a build may change without a change of tables.
#[test]
fn a_fold_that_this_build_cannot_read_is_folded_again() {
    let mut desk = Desk::new(1);
    desk.close_hour("100");
    desk.follow(&mut desk.store()).unwrap();
    let file = Connection::open(desk.store_path()).unwrap();
    file.execute("UPDATE progress SET fold = x'ff'", []).unwrap();
    let applied = desk.follow(&mut desk.store()).unwrap();
    assert!(applied.rebuilt);
    assert_eq!(applied.seq.0, desk.head());
}
