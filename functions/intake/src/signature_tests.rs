use super::*;

/// The vector of the specification's reference libraries.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIME: &str = "1614265330";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn at(seconds: i64) -> Moment {
    Moment::from_millis(seconds * 1000)
}

fn keys(secrets: &[&str]) -> Vec<Key> {
    secrets.iter().map(|secret| Key::read(secret).unwrap()).collect()
}

fn signed(id: &str, time: &str, signature: &str, body: &[u8]) -> Result<String, Refusal> {
    let headers = Headers { id: Some(id), timestamp: Some(time), signature: Some(signature) };
    verify(&headers, body, &keys(&[SECRET]), at(1_614_265_330)).map(str::to_owned)
}

#[test]
fn the_vector_of_the_specification_is_believed() {
    assert_eq!(signed(ID, TIME, SIGNATURE, BODY), Ok(ID.to_owned()));
}

#[test]
fn either_of_two_secrets_will_do() {
    let headers = Headers { id: Some(ID), timestamp: Some(TIME), signature: Some(SIGNATURE) };
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let now = at(1_614_265_330);
    assert!(verify(&headers, BODY, &keys(&[other, SECRET]), now).is_ok());
    assert_eq!(verify(&headers, BODY, &keys(&[other]), now), Err(Refusal::Signature));
    assert_eq!(verify(&headers, BODY, &[], now), Err(Refusal::Signature));
}

#[test]
fn one_good_signature_in_a_list_is_enough() {
    for list in [
        format!("v1,AAAA {SIGNATURE}"),
        format!("{SIGNATURE} v2,whatever"),
        format!("v1a,AAAA  {SIGNATURE}"),
        format!("nonsense {SIGNATURE}"),
    ] {
        assert_eq!(signed(ID, TIME, &list, BODY), Ok(ID.to_owned()), "{list}");
    }
}

#[test]
fn what_differs_in_one_octet_is_not_believed() {
    let wrong = Err(Refusal::Signature);
    assert_eq!(signed("msg_p5jXN8AQM9LWM0D4loKWxJeK", TIME, SIGNATURE, BODY), wrong);
    assert_eq!(signed(ID, "1614265331", SIGNATURE, BODY), wrong);
    assert_eq!(signed(ID, TIME, SIGNATURE, br#"{"test": 2432232315}"#), wrong);
    assert_eq!(signed(ID, TIME, SIGNATURE, b""), wrong);
    for signature in [
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1Oe=",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O==",
        "v1,",
        "v1",
        "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ] {
        assert_eq!(signed(ID, TIME, signature, BODY), wrong, "{signature}");
    }
}

#[test]
fn headers_are_there_and_well_formed() {
    let id = Err(Refusal::Header("webhook-id"));
    let long = "x".repeat(257);
    for bad in ["", "a.b", "a b", "a\tb", "ä", "a\r\nb", long.as_str()] {
        assert_eq!(signed(bad, TIME, SIGNATURE, BODY), id, "{bad:?}");
    }
    let time = Err(Refusal::Header("webhook-timestamp"));
    for bad in ["", "+1614265330", "-1", " 1614265330", "1614265330.0", "0x60", "99999999999999999999", "١٢٣"] {
        assert_eq!(signed(ID, bad, SIGNATURE, BODY), time, "{bad:?}");
    }
    let signature = Err(Refusal::Header("webhook-signature"));
    let many = vec![SIGNATURE; 17].join(" ");
    for bad in ["", "  ", many.as_str()] {
        assert_eq!(signed(ID, TIME, bad, BODY), signature, "{bad:?}");
    }
    let none = Headers::default();
    assert_eq!(verify(&none, BODY, &keys(&[SECRET]), at(0)), Err(Refusal::Header("webhook-id")));
}

#[test]
fn a_header_that_came_twice_is_not_believed() {
    // Function URLs join what came twice by a comma.
    for joint in [",", ", "] {
        let twice = |text: &str| format!("{text}{joint}{text}");
        assert!(signed(&twice(ID), TIME, SIGNATURE, BODY).is_err());
        assert_eq!(signed(ID, &twice(TIME), SIGNATURE, BODY), Err(Refusal::Header("webhook-timestamp")));
        let signatures = format!("{SIGNATURE}{joint}v1,AAAA");
        assert_eq!(signed(ID, TIME, &signatures, BODY), Err(Refusal::Signature));
    }
    assert_eq!(signed(ID, TIME, &format!("v1,AAAA,{SIGNATURE}"), BODY), Err(Refusal::Signature));
}

#[test]
fn five_minutes_either_way_are_allowed() {
    let headers = Headers { id: Some(ID), timestamp: Some(TIME), signature: Some(SIGNATURE) };
    for (off, good) in [(0, true), (300, true), (-300, true), (301, false), (-301, false), (86_400, false)] {
        let believed = verify(&headers, BODY, &keys(&[SECRET]), at(1_614_265_330 + off));
        assert_eq!(believed.is_ok(), good, "{off}");
        assert!(good || believed == Err(Refusal::Time), "{off}");
    }
}

#[test]
fn a_long_body_is_refused_before_anything_is_hashed() {
    assert_eq!(signed(ID, TIME, SIGNATURE, &vec![b' '; LONGEST + 1]), Err(Refusal::TooLong));
    assert_eq!(signed(ID, TIME, SIGNATURE, &vec![b' '; LONGEST]), Err(Refusal::Signature));
}

#[test]
fn a_secret_is_base64_of_enough_octets() {
    for good in [SECRET, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &"Ab3".repeat(16)] {
        assert!(Key::read(good).is_some(), "{good}");
    }
    for bad in
        ["", "whsec_", "short", "whsec_AAAA", "not base64 at all, is it? no!", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    {
        assert!(Key::read(bad).is_none(), "{bad}");
    }
}
