//! Keys from a real ssh-agent.

use flux_bootstrap::for_tests::{DeployKey, SshError, SshIdentity};

use super::{Bed, named, public, rsa};
use crate::support::{KeyStanding, SshAgent, new_key};

fn identity(agent: &SshAgent) -> SshIdentity {
    SshIdentity::Agent(Some(agent.socket().to_owned()))
}

#[test]
fn an_agent_with_several_keys_is_asked_until_one_fits() {
    let bed = Bed::azure();
    let fleet = bed.fleet();
    let agent = SshAgent::start(&bed.env);
    let mut connection = bed.connection(&fleet, rsa());
    connection.identity = identity(&agent);
    assert_eq!(connection.check_access().unwrap_err(), SshError::AgentEmpty);

    let [ed25519, stranger, friend] =
        [("a", "ed25519"), ("b", "rsa"), ("c", "rsa")].map(|(name, kind)| new_key(&bed.env.path(""), name, kind, ""));
    agent.add(&ed25519);
    agent.add(&stranger);
    let error = connection.check_access().unwrap_err();
    let tried = named(&DeployKey::load(&stranger, None).unwrap());
    assert!(matches!(&error, SshError::KeyRejected { tried: found, .. } if *found == [tried.clone()]), "{error}");

    agent.add(&friend);
    bed.ssh.admit(&public(&friend), KeyStanding::Contributor);
    connection.check_access().unwrap();
    let used = bed.ssh.sessions().last().unwrap().key.clone();
    assert!(public(&friend).starts_with(&used), "the stranger's key is let in first, so a second connection is needed");
}

#[test]
fn an_agent_at_a_plain_server() {
    let bed = Bed::plain();
    let fleet = bed.fleet();
    let agent = SshAgent::start(&bed.env);
    let mut connection = bed.connection(&fleet, rsa());
    connection.identity = identity(&agent);
    let files =
        [("a", "ed25519"), ("b", "ecdsa"), ("c", "rsa")].map(|(name, kind)| new_key(&bed.env.path(""), name, kind, ""));
    files.iter().for_each(|file| agent.add(file));
    let error = connection.check_access().unwrap_err();
    assert!(matches!(&error, SshError::NotAccepted { tried, .. } if tried.len() == 3), "{error}");
    bed.ssh.admit(&public(&files[2]), KeyStanding::Reader);
    connection.check_access().unwrap();
}

#[test]
fn an_agent_that_is_not_there_is_said_so() {
    let bed = Bed::plain();
    let fleet = bed.fleet();
    let mut connection = bed.connection(&fleet, rsa());
    connection.identity = SshIdentity::Agent(None);
    let error = connection.check_access().unwrap_err();
    assert_eq!(error.to_string(), "no SSH agent: `SSH_AUTH_SOCK` is not set");
    connection.identity = SshIdentity::Agent(Some(bed.env.path("no-agent")));
    let error = connection.check_access().unwrap_err();
    assert!(error.to_string().starts_with("no SSH agent: cannot connect to `"), "{error}");
}
