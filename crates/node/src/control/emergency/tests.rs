//! The emergency file: who writes to it while it is put aside, and what is read of it.

use super::*;

fn line(what: What) -> Line {
    Line { at: 7, name: "ada".to_owned(), what }
}

fn lines(state: &Path) -> Vec<Line> {
    read(state).unwrap().lines
}

#[test]
fn a_hubs_own_entries_are_no_orders() {
    assert!(What::Kill.is_order() && What::Flatten.is_order());
    assert!(!What::Entry { seq: 1, bytes: String::new() }.is_order());
}

#[test]
fn orders_wait_in_their_order_until_they_are_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    assert_eq!(read(&state).unwrap(), Found::default());
    for what in [What::Kill, What::Flatten] {
        append(&state, &line(what)).unwrap();
    }
    let found = read(&state).unwrap();
    assert_eq!(found.lines, vec![line(What::Kill), line(What::Flatten)]);
    assert!(found.broken.is_empty() && found.torn.is_none());
    assert_eq!(found.end, fs::metadata(path(&state)).unwrap().len());
    let first = put_aside(&state, found.end).unwrap().unwrap();
    assert_eq!(read(&state).unwrap(), Found::default());
    append(&state, &line(What::Kill)).unwrap();
    let second = put_aside(&state, read(&state).unwrap().end).unwrap().unwrap();
    assert!(first.exists() && second.exists() && first != second);
}

#[test]
fn what_was_added_since_it_was_read_keeps_the_file_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    append(&state, &line(What::Kill)).unwrap();
    let read_to = read(&state).unwrap().end;
    append(&state, &line(What::Flatten)).unwrap();
    assert_eq!(put_aside(&state, read_to).unwrap(), None);
    let rest = read_from(&state, read_to).unwrap();
    assert_eq!(rest.lines, vec![line(What::Flatten)]);
    assert!(put_aside(&state, rest.end).unwrap().is_some());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "clients are processes; threads stand for them")]
fn no_order_is_lost_between_reading_and_putting_aside() {
    const EACH: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut seen = 0;
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        append(&state, &line(What::Kill)).unwrap();
                    }
                })
            })
            .collect();
        // As a hub does: reads on, and puts aside what it has read.
        let mut from = 0;
        while seen < 4 * EACH {
            let over = clients.iter().all(std::thread::ScopedJoinHandle::is_finished);
            let found = read_from(&state, from).unwrap();
            seen += found.lines.len();
            from = found.end;
            if from > 0 && put_aside(&state, from).unwrap().is_some() {
                from = 0;
            }
            // Nobody writes any more and nothing new was there: what is missing then is lost.
            if over && found.lines.is_empty() {
                break;
            }
        }
    });
    let aside = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    let lines: usize = aside.map(|file| fs::read_to_string(file).unwrap().lines().count()).sum();
    assert_eq!((seen, lines), (4 * EACH, 4 * EACH));
}

#[test]
fn a_torn_or_foreign_line_is_named_and_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::write(path(&state), b"{\"at\":1,\"na").unwrap();
    let torn = read(&state).unwrap();
    assert_eq!(torn.torn.as_deref(), Some("at byte 0: a line without its end"));
    assert_eq!((torn.lines.len(), torn.broken.len(), torn.end), (0, 0, 0));
    append(&state, &line(What::Kill)).unwrap();
    fs::write(path(&state), [&fs::read(path(&state)).unwrap()[..], b"\xff\xfe\n"].concat())
        .unwrap();
    let found = read(&state).unwrap();
    assert_eq!(found.lines, vec![line(What::Kill)]);
    assert_eq!(found.broken.len(), 2, "{found:?}");
    assert!(found.broken[0].starts_with("at byte 0: "), "{found:?}");
}

#[test]
fn a_record_of_any_size_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut file = File::create(path(&state)).unwrap();
    for seq in 1..=70 {
        let what = What::Entry { seq, bytes: "A".repeat(1 << 20) };
        serde_json::to_writer(&file, &line(what)).unwrap();
        file.write_all(b"\n").unwrap();
    }
    append(&state, &line(What::Kill)).unwrap();
    let lines = lines(&state);
    assert_eq!(lines.len(), 71);
    assert_eq!(lines.last(), Some(&line(What::Kill)));
}

#[test]
fn the_file_lies_beside_the_folder_and_is_its_owners() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state/");
    let path = append(&state, &line(What::Kill)).unwrap();
    assert_eq!(path, folder.path().join("state.emergency"));
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn lines_are_added_together_where_they_may_be_and_not_at_all_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let two = [line(What::Kill), line(What::Flatten)];
    let place = append_all(&state, &two, || true).unwrap();
    assert_eq!((place.start, place.end), (0, read(&state).unwrap().end));
    let refused = append_all(&state, &two, || false).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    assert_eq!(lines(&state), two);
    // A line that a full disk has cut is named; what follows it is whole.
    let mut file = OpenOptions::new().append(true).open(path(&state)).unwrap();
    file.write_all(b"{\"at\":1,\"na").unwrap();
    let again = append_all(&state, &two, || true).unwrap();
    assert_eq!(again.start, place.end + 11);
    let found = read(&state).unwrap();
    assert_eq!((found.lines.len(), found.broken.len(), found.end), (4, 1, again.end));
}

/// Needs no small disk: blocks that a file owns are blocks that it can be written to.
#[test]
fn room_is_kept_without_making_the_file_longer_and_given_back() {
    let name = "room_is_kept_without_making_the_file_longer_and_given_back";
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    if let Err(error) = reserve(&state) {
        skip(name, &format!("this file system keeps no room: {error}"));
        return;
    }
    let kept = |path: &Path| fs::metadata(path).unwrap().blocks() * 512;
    assert_eq!(read(&state).unwrap(), Found::default());
    assert_eq!(fs::metadata(path(&state)).unwrap().len(), 0);
    assert!(kept(&path(&state)) >= RESERVE_BYTES, "{}", kept(&path(&state)));
    append(&state, &line(What::Kill)).unwrap();
    assert!(kept(&path(&state)) >= RESERVE_BYTES, "what is written uses it");
    reserve(&state).unwrap();
    assert_eq!(lines(&state), [line(What::Kill)]);
    let aside = put_aside(&state, read(&state).unwrap().end).unwrap().unwrap();
    assert!(kept(&aside) < RESERVE_BYTES, "{}", kept(&aside));
    assert_eq!(fs::read_to_string(aside).unwrap().lines().count(), 1);
}

fn skip(name: &str, why: &str) {
    println!("SKIPPED {name}: {why}");
}
