use super::*;

fn guard() -> Guard {
    Guard::new("", "", Loopback::Refused).unwrap()
}

fn answers(list: &[&str]) -> Vec<IpAddr> {
    list.iter().map(|address| address.parse().unwrap()).collect()
}

/// What becomes of a host as a person may write it.
#[derive(Debug, PartialEq)]
enum Fate {
    Name,
    Dialled,
    Refused,
    Odd,
}

fn fate(host: &str) -> Fate {
    match guard().host(host, 993) {
        Ok(Host::Name(_)) => Fate::Name,
        Ok(Host::Address(_)) => Fate::Dialled,
        Err(refused) if refused.0.contains("not dialled") => Fate::Refused,
        Err(_) => Fate::Odd,
    }
}

#[test]
fn a_host_is_a_name_or_an_address_that_everybody_reads_alike() {
    use Fate::{Dialled, Name, Odd, Refused};
    let rows = [
        // Names.
        ("mail.example.org", Name),
        ("mail.example.org.", Name),
        ("MAIL.Example.ORG", Name),
        ("localhost", Name),
        ("mailserver", Name),
        ("xn--bcher-kva.example", Name),
        ("1.example", Name),
        ("127.0.0.1.nip.example", Name),
        ("0x7f.example", Name),
        // No names.
        ("", Odd),
        (".", Odd),
        ("..", Odd),
        ("mail..example", Odd),
        (".example", Odd),
        ("mail.example..", Odd),
        ("-mail.example", Odd),
        ("mail-.example", Odd),
        ("mail_1.example", Odd),
        ("mail example", Odd),
        ("mail.example\r\n", Odd),
        ("mail.example\0", Odd),
        ("mail.example:993", Odd),
        ("user@mail.example", Odd),
        ("mail.example/x", Odd),
        ("%31%32%37.0.0.1", Odd),
        ("bücher.example", Odd),
        ("①②⑦.0.0.1", Odd),
        ("127。0。0。1", Odd),
        ("１２７.0.0.1", Odd),
        // Spellings of 127.0.0.1 and others that resolvers read as addresses.
        ("127.1", Odd),
        ("127.0.1", Odd),
        ("0x7f.1", Odd),
        ("0x7f000001", Odd),
        ("0X7F.0.0.0x1", Odd),
        ("0177.0.0.1", Odd),
        ("0177.0.0.01", Odd),
        ("127.0.0.01", Odd),
        ("2130706433", Odd),
        ("017700000001", Odd),
        ("0", Odd),
        ("1.2.3.4.5", Odd),
        ("256.1.1.1", Odd),
        ("127.0.0.1.", Odd),
        ("127.0.0.0x1", Odd),
        ("0x", Odd),
        // Addresses.
        ("198.41.0.4", Dialled),
        ("127.0.0.1", Refused),
        ("127.255.255.254", Refused),
        ("0.0.0.0", Refused),
        ("10.0.0.1", Refused),
        ("169.254.169.254", Refused),
        ("255.255.255.255", Refused),
        ("[2001:500:2::c]", Dialled),
        ("2001:500:2::c", Dialled),
        ("[::1]", Refused),
        ("::1", Refused),
        ("[::]", Refused),
        ("[0:0:0:0:0:0:0:1]", Refused),
        ("[::ffff:127.0.0.1]", Refused),
        ("[::ffff:7f00:1]", Refused),
        ("[::ffff:198.41.0.4]", Dialled),
        ("[64:ff9b::127.0.0.1]", Refused),
        ("[64:ff9b::a9fe:a9fe]", Refused),
        ("[64:ff9b::198.41.0.4]", Dialled),
        ("[::127.0.0.1]", Refused),
        ("[fd00:ec2::254]", Refused),
        ("[fe80::1]", Refused),
        // Zones, halves and wholes.
        ("[fe80::1%eth0]", Odd),
        ("fe80::1%eth0", Odd),
        ("[fe80::1%25eth0]", Odd),
        ("[::1", Odd),
        ("::1]", Odd),
        ("[127.0.0.1]", Odd),
        ("[mail.example]", Odd),
        ("[]", Odd),
    ];
    assert!(rows.len() >= 60);
    for (host, expected) in rows {
        assert_eq!(fate(host), expected, "{host:?}");
    }
}

#[test]
fn labels_and_names_have_a_longest_length() {
    let label = |length| format!("{}.example", "a".repeat(length));
    assert_eq!((fate(&label(63)), fate(&label(64))), (Fate::Name, Fate::Odd));
    let name = |length: usize| format!("{}{}", "a.".repeat(length / 2), "b".repeat(length % 2));
    assert_eq!((fate(&name(253)), fate(&name(255))), (Fate::Name, Fate::Odd));
}

#[test]
fn every_special_range_is_refused_from_its_first_address_to_its_last() {
    let refused = [
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "239.255.255.255"),
        ("240.0.0.0", "255.255.255.255"),
        ("::", "::1"),
        ("100::", "100::ffff:ffff:ffff:ffff"),
        ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ];
    for (first, last) in refused {
        for address in [first, last] {
            assert!(guard().addresses(answers(&[address])).is_err(), "{address}");
        }
    }
}

#[test]
fn the_neighbours_of_special_ranges_are_dialled() {
    let public = [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2000::",
        "2001:200::",
        "2001:db9::",
        "2003::",
        "2a00:1450:4001:80b::200e",
        "3ffe:ffff::",
    ];
    for address in public {
        assert_eq!(guard().addresses(answers(&[address])), Ok(()), "{address}");
    }
}

#[test]
fn one_bad_answer_spoils_the_others() {
    let rows: [(&[&str], bool); 6] = [
        (&["198.41.0.4", "2001:500:2::c"], true),
        (&["198.41.0.4", "127.0.0.1"], false),
        (&["10.0.0.1", "198.41.0.4"], false),
        (&["198.41.0.4", "::ffff:10.0.0.1"], false),
        (&["198.41.0.4", "2001:500:2::c", "fe80::1"], false),
        (&[], true),
    ];
    for (list, good) in rows {
        assert_eq!(guard().addresses(answers(list)).is_ok(), good, "{list:?}");
    }
}

#[test]
fn an_operator_allows_private_networks_and_never_the_clouds_own() {
    let guard = Guard::new("10.1.0.0/16, fd12:3456::/32 ,0.0.0.0/0, fd00:ec2::/32", "", Loopback::Refused).unwrap();
    let narrow = Guard::new("10.1.0.0/16", "", Loopback::Refused).unwrap();
    let rows = [
        (&narrow, "10.1.2.3", true),
        (&narrow, "::ffff:10.1.2.3", true),
        (&narrow, "10.2.0.0", false),
        (&narrow, "198.41.0.4", true),
        (&guard, "fd12:3456::1", true),
        (&guard, "fd12:3457::1", false),
        (&guard, "192.168.1.1", true),
        (&guard, "169.254.169.254", false),
        (&guard, "fd00:ec2::254", false),
        (&guard, "127.0.0.1", false),
        (&guard, "0.0.0.0", false),
        (&guard, "224.0.0.1", false),
    ];
    for (guard, address, good) in rows {
        assert_eq!(guard.addresses(answers(&[address])).is_ok(), good, "{address}");
    }
}

#[test]
fn loopback_is_for_tests() {
    let guard = Guard::new("", "20143", Loopback::Allowed).unwrap();
    for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(guard.addresses(answers(&[address])), Ok(()), "{address}");
    }
    assert!(guard.addresses(answers(&["10.0.0.1"])).is_err());
}

#[test]
fn only_allowed_ports_are_dialled() {
    let rows = [
        ("", 993, true),
        ("", 143, true),
        ("", 25, false),
        ("2993", 2993, true),
        ("2993", 993, false),
        ("1,2", 2, true),
    ];
    for (ports, port, good) in rows {
        let guard = Guard::new("", ports, Loopback::Refused).unwrap();
        assert_eq!(guard.host("mail.example", port).is_ok(), good, "{ports:?} {port}");
    }
    let refused = guard().host("mail.example", 22).unwrap_err();
    assert_eq!(refused.to_string(), "is not dialled on port 22; allowed are 993, 143");
}

#[test]
fn bad_settings_are_told() {
    let rows = [
        ("10.0.0.0", ""),
        ("10.0.0.0/33", ""),
        ("10.1.2.3/8", ""),
        ("fd00::/129", ""),
        ("example/8", ""),
        ("10.0.0.0/", ""),
        ("", "0"),
        ("", "65536"),
        ("", "imap"),
    ];
    for (networks, ports) in rows {
        assert!(Guard::new(networks, ports, Loopback::Refused).is_err(), "{networks:?} {ports:?}");
    }
}
