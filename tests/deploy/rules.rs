//! # Rules
//! `rules.py` on the translated template, run from here so that one command runs all tests.

use std::process::Command;

use posthorse_tests::cloud::emulator;

#[test]
fn the_template_keeps_its_promises() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/cloud/rules.py");
    let told = Command::new(emulator::program("python").unwrap()).args(["-B", script]).output().unwrap();
    let text = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success(), "{text}");
    let ran = text.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next()?.parse::<u32>().ok());
    assert!(ran.is_some_and(|ran| ran >= 25), "too few rules ran: {text}");
}
