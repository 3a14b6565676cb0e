//! What proves who somebody is: host keys, private keys, tokens, logins of registries.

use std::sync::LazyLock;

use flux_bootstrap::for_tests::{
    DeployKey, EcdsaCurve, ExistingHeader, HostKey, HostKeySources, KeyKind, KnownHosts, PullSecretError,
    RegistryLogin, Secret, checked_host, host_keys, passphrase_from_bytes, token_from_bytes,
};

use super::mutate::{joined, mutated, mutated_bytes};
use super::random::Random;

/// A key that `ssh-keygen` locked with `x`, after one round.
const LOCKED: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n\
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDPhRsrF0\n\
LtCTwuOGNBU4rfAAAAAQAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIF7epIU1IS5SR7tv\n\
qOD0xDEdRGu3ial17M2crx6vx6mTAAAAkKIgiH2gqjJnGiJzE6QAqipyVJKixu9lAf1Q3a\n\
O8GdRTYIoyXo0aw/DA7JX2wIKAAwCKpp+U+ONVDlJez+o1zyeM0wPNdAFVQCLPDRHU4wtu\n\
uUcn4hqF2MMhZco8uZ2XOhSIWYcBnoDipPO81ahQa9JIUlFHB0ZLN7YAW1/EWGls0f0Z9g\n\
iXkbc1GkEoY4hzKw==\n\
-----END OPENSSH PRIVATE KEY-----\n\
";

/// Files of host keys; a line of ours is read as what it says.
pub(super) fn known_hosts(random: &mut Random) {
    let key = host_keys::PUBLIC_KEY;
    let line = format!("@revoked *.a,!b.a,[h]:2222 {key}\n|1|AAAA|AAAA= {key}\nhost {key} c\n");
    let tokens = ["@cert-authority ", "*", "?", "!", ",", "|1|", "=", "[", "]:", " ", "\n", "ssh-ed25519 ", key];
    let text = mutated(random, &line, &tokens);
    let host = joined(random, &["host", "a", ".", "[", "]", ":", "*", "b", "::1"], 4);
    let port = u16::try_from(random.below(65536)).unwrap();
    let known = KnownHosts::parse(&text, "f");
    let _ = known.entries_for(&host, port).count();
    let presented = HostKey::new(&key.parse().unwrap());
    if let Ok(host) = checked_host(&host)
        && port != 0
    {
        let line = presented.known_hosts_line(&host, port);
        let read = KnownHosts::parse(&line, "f");
        assert_eq!(read.entries_for(&host, port).count(), 1, "{line:?} is not about {host} {port}");
    }
    let sources = HostKeySources::default().with_given(known).with_secret(&text, "g");
    let _ = sources.verdict(&host, port, &presented);
    let _ = sources.recorded(&host, port);
}

/// Keys of several forms, real ones among them.
pub(super) fn ssh_keys(random: &mut Random) {
    static REAL: LazyLock<Vec<String>> = LazyLock::new(|| {
        let made = [KeyKind::Ed25519, KeyKind::Ecdsa(EcdsaCurve::P256), KeyKind::Rsa(2048)]
            .map(|kind| DeployKey::generate(kind).unwrap().identity().expose().clone());
        made.into_iter().chain([LOCKED.to_owned()]).collect()
    });
    let label = *random.pick(&["OPENSSH ", "RSA ", "EC ", "ENCRYPTED ", "DSA ", ""]);
    let header =
        *random.pick(&["", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"]);
    let body = *random.pick(&[
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACDjKqp5Fc65tEnRulDqKii7Gm4B\
         +QvaJFotHYdpfRiiZQ==",
        "MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu",
        "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ]);
    let pem = format!("-----BEGIN {label}PRIVATE KEY-----\n{header}{body}\n-----END {label}PRIVATE KEY-----\n");
    let start = if random.below(3) == 0 { random.pick(&REAL).clone() } else { pem };
    let tokens = ["=", "\n", "-----", "DEK-Info: ", "AAAA", "////", "AAAAB", "PuTTY-User-Key-File-3: ", "Proc-Type: "];
    let text = mutated(random, &start, &tokens);
    let passphrase = Secret::from("x");
    let given = (random.below(2) == 0).then_some(&passphrase);
    match DeployKey::parse(&text, "id", given) {
        Ok(key) => {
            let again = DeployKey::parse(key.identity().expose(), "id", key.passphrase());
            let again = again.unwrap_or_else(|error| panic!("{text:?} was read, but not what it became: {error}"));
            assert_eq!(again.public_line(), key.public_line(), "{text:?}");
            assert_eq!(again.identity(), key.identity(), "{text:?}");
        }
        Err(error) => {
            let said = format!("{error} {error:?}");
            let bodies = text.lines().filter(|line| line.len() > 32 && !line.contains('-'));
            bodies.for_each(|line| assert!(!said.contains(line), "{said} repeats {line:?}"));
        }
    }
}

/// What a pipe gives for a token or passphrase, and the first lines of our own files.
pub(super) fn tokens(random: &mut Random) {
    let parts =
        ["abc", " ", "\n", "\r\n", "\u{feff}", "\t", "\u{85}", "# Flux Version: v2.9.5\n", "# Components: a,,b\n"];
    let text = joined(random, &parts, 6);
    let bytes = mutated_bytes(random, text.as_bytes(), &parts);
    if let Ok(token) = token_from_bytes(&bytes) {
        let token = token.expose();
        assert!(!token.is_empty() && token.trim() == token && !token.contains(char::is_control), "{bytes:?}");
    }
    let _ = passphrase_from_bytes(&bytes);
    let _ = ExistingHeader::read(&String::from_utf8_lossy(&bytes));
}

/// Logins of registries: `user:password`, and docker configuration files.
pub(super) fn docker_configs(random: &mut Random) {
    const FILE: &str = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "dXNlcjpwYXNz"}, "ghcr.io": {"username": "u",
 "password": "p:w", "email": "e"}, "ghcr.io/team": {"auth": "dTpwYXNz", "identitytoken": "x"}, "r.corp:5000": {}},
 "credsStore": "desktop", "credHelpers": {"r.corp:5000": "ecr-login"}, "HttpHeaders": {"a": null}}"#;
    const TOKENS: &[&str] = &[
        "\"",
        "{",
        "}",
        "[",
        "null",
        ":",
        ",",
        "\\u0000",
        "\\ud800",
        "\u{feff}",
        "\r\n",
        "auths",
        "\"auth\": ",
        "=",
        "dXNlcjpwYXNz",
        "/",
        "https://",
        "ghcr.io",
        "1e999",
        "[[[[[[[[",
    ];
    let start = *random.pick(&[FILE, "user:password", "robot$a:p:a:ss", ""]);
    let text = mutated(random, start, TOKENS);
    let registry = joined(random, &["ghcr.io", "/team", "docker.io", "r.corp:5000", "/", "a", "index.docker.io/v1"], 3);
    match RegistryLogin::parse(&text, &registry) {
        Ok(login) => {
            assert!(!format!("{login:?}").contains(&format!("password: {:?}", login.password.expose())), "{login:?}");
            let written = login.content(&registry);
            let written = written.values().next().unwrap().expose();
            assert!(login.is_in(written, &registry), "{text:?}");
            let again = RegistryLogin::parse(std::str::from_utf8(written).unwrap(), &registry);
            assert_eq!(again.ok().as_ref(), Some(&login), "{text:?} for {registry:?}");
        }
        // The program that keeps the logins is named, whatever its name is.
        Err(PullSecretError::Elsewhere { .. }) => {}
        Err(error) => assert!(!format!("{error} {error:?}").contains("dXNlcjpwYXNz"), "{error}"),
    }
}
