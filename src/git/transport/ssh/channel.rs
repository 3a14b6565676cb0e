//! A running git command: what it writes is read here, what is written here it reads.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::pin::pin;
use std::time::Duration;

use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Disconnect};
use tokio::runtime::Runtime;

use super::connect::{self, Server, Session};
use super::limits::within;
use super::login;
use super::words::ServerWords;
use super::{SshConnection, SshError, SshIdentity};
use crate::domain::limits::Limits;
use crate::git::transport::service::GitService;

/// How much one write takes; the server's window and packet size are seldom larger.
const WRITE_SIZE: usize = 32 * 1024;

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_millis(300);

/// The standard input and output of a git command on a server.
pub struct SshChannel {
    runtime: Option<Runtime>,
    session: Session,
    reader: ChannelReadHalf,
    writer: ChannelWriteHalf<Msg>,
    command: Command,
    limits: Limits,
}

/// What is known about the command so far.
struct Command {
    host: String,
    url: String,
    service: GitService,
    key: String,
    words: ServerWords,
    /// What came and was not read yet.
    received: VecDeque<u8>,
    status: Option<u32>,
    /// The server closed the channel in order.
    closed: bool,
    /// Nothing more will come.
    ended: bool,
}

impl SshConnection {
    /// Connects, proves who both sides are, and starts a git command. Returns when the command has said something, so
    /// that a refusal is this function's error rather than a broken stream.
    ///
    /// # Errors
    /// See [`SshError`].
    pub fn open(&self, service: GitService) -> Result<SshChannel, SshError> {
        open(self, service)
    }

    /// Tests whether the server lets this identity read the repository, as `git ls-remote` would.
    ///
    /// # Errors
    /// See [`SshError`]; a refusal holds the server's own words.
    pub fn check_access(&self) -> Result<(), SshError> {
        let mut channel = self.open(GitService::UploadPack)?;
        channel.hang_up()
    }
}

/// Connects and starts the command. Azure DevOps accepts the first RSA key of whoever knocks and judges it afterwards, so
/// an agent's next key needs a new connection.
fn open(connection: &SshConnection, service: GitService) -> Result<SshChannel, SshError> {
    match &connection.identity {
        SshIdentity::Key(key) if connection.host.takes_rsa_keys_alone() && !key.is_rsa() => {
            return Err(SshError::NotRsa { kind: key.kind() });
        }
        SshIdentity::Agent(None) if cfg!(unix) => {
            return Err(SshError::AgentAbsent { reason: "`SSH_AUTH_SOCK` is not set".to_owned() });
        }
        _ => {}
    }
    let (mut rejected, mut names) = (Vec::new(), Vec::new());
    loop {
        let Failure { error, login } = match attempt(connection, service, &rejected) {
            Ok(channel) => return Ok(channel),
            Err(failure) => *failure,
        };
        let Some(login) = login else { return Err(error) };
        names.push(login.accepted);
        match error {
            SshError::KeyRejected { .. } if login.left > 0 => rejected.push(login.fingerprint),
            SshError::KeyRejected { host, words, .. } => {
                return Err(SshError::KeyRejected { host, tried: names, words });
            }
            error => return Err(error),
        }
    }
}

/// How one connection failed; a failure after the login comes with it.
struct Failure {
    error: SshError,
    login: Option<login::Login>,
}

/// One connection.
fn attempt(connection: &SshConnection, service: GitService, rejected: &[String]) -> Result<SshChannel, Box<Failure>> {
    let url = &connection.url;
    let server = Server {
        host: &url.host,
        port: url.port_or_default(),
        sources: &connection.host_keys,
        algorithms: &connection.host_key_algorithms,
    };
    let limits = &connection.limits;
    let words = ServerWords::default();
    let runtime = connect::runtime().map_err(|error| Failure { error, login: None })?;
    let name = server.name();
    let mut accepted = None;
    let started = runtime.block_on(async {
        let mut session = within(limits, &name, "connecting to", server.connect(&words)).await?;
        let logging_in = login::login(connection, &server, &mut session, &words, rejected);
        let login = within(limits, &name, "authenticating at", logging_in).await?;
        let key = login.accepted.clone();
        accepted = Some(login);
        // A banner greets; what counts from here on is what the command says.
        let mut command = Command::new(connection, service, name.clone(), key);
        let starting = start(&session, &server, connection, &mut command);
        let (reader, writer) = within(limits, &name, "waiting for the git command at", starting).await?;
        Ok((session, reader, writer, command))
    });
    match started {
        Ok((session, reader, writer, command)) => {
            Ok(SshChannel { runtime: Some(runtime), session, reader, writer, command, limits: limits.clone() })
        }
        Err(error) => {
            // A name that is still being resolved must not hold up the run.
            runtime.shutdown_background();
            Err(Box::new(Failure { error, login: accepted }))
        }
    }
}

async fn start(
    session: &Session,
    server: &Server<'_>,
    connection: &SshConnection,
    command: &mut Command,
) -> Result<(ChannelReadHalf, ChannelWriteHalf<Msg>), SshError> {
    let broken = |error| server.protocol_error(error, &command.words);
    let (mut reader, writer) = session.channel_open_session().await.map_err(broken)?.split();
    let line = command_line(command.service, &connection.url.decoded_path());
    writer.exec(true, line).await.map_err(broken)?;
    while command.received.is_empty() && !command.ended {
        let message = reader.wait().await;
        command.take(message);
    }
    command.check_greeting();
    if command.ended && command.received.is_empty() { Err(command.failure()) } else { Ok((reader, writer)) }
}

/// The command as git sends it: the path decoded, in single quotes; a path below somebody's home has no slash before `~`.
fn command_line(service: GitService, path: &str) -> String {
    let path = if path.starts_with("/~") { &path[1..] } else { path };
    format!("{} '{}'", service.command(), path.replace('\'', r"'\''").replace('!', r"'\!'"))
}

impl Command {
    fn new(connection: &SshConnection, service: GitService, host: String, key: String) -> Self {
        Self {
            host,
            url: connection.url.to_string(),
            service,
            key,
            words: ServerWords::default(),
            received: VecDeque::new(),
            status: None,
            closed: false,
            ended: false,
        }
    }

    /// Takes in a message of the server; `None` is the end of the connection.
    fn take(&mut self, message: Option<ChannelMsg>) {
        match message {
            Some(ChannelMsg::Data { data }) if !data.is_empty() => self.received.extend(data.as_ref()),
            Some(ChannelMsg::ExtendedData { data, .. }) => self.words.add(&data),
            Some(ChannelMsg::ExitStatus { exit_status }) => self.status = Some(exit_status),
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                self.words.add(format!("killed by signal {signal_name:?}\n").as_bytes());
                self.status = self.status.or(Some(128));
            }
            Some(ChannelMsg::Failure) => {
                self.words.add(b"the server does not run commands for this user\n");
                self.ended = true;
            }
            Some(ChannelMsg::Close) => {
                self.closed = true;
                self.ended = true;
            }
            None => self.ended = true,
            Some(_) => {}
        }
    }

    /// A git command begins with the length of its first line in hexadecimal; anything else is a text for people, such
    /// as a login shell's greeting.
    fn check_greeting(&mut self) {
        let hexadecimal = self.received.iter().take(4).all(u8::is_ascii_hexdigit);
        if !hexadecimal {
            self.words.add(self.received.make_contiguous());
            self.received.clear();
            self.ended = true;
        }
    }

    /// Whether the end came as it should.
    fn ended_well(&self) -> bool {
        self.closed && self.status.is_none_or(|status| status == 0)
    }

    /// Why the command ended, from its own words.
    fn failure(&self) -> SshError {
        let words = self.words.lines();
        let says = |text: &str| words.iter().any(|line| line.to_lowercase().contains(text));
        let (host, tried) = (self.host.clone(), vec![self.key.clone()]);
        if says("ssh key has expired") {
            SshError::KeyExpired { host, tried, words }
        } else if says("public key authentication failed") {
            SshError::KeyRejected { host, tried, words }
        } else if says("tf401019") || says("not found") || says("does not appear to be a git repository") {
            SshError::NotFound { url: self.url.clone(), words }
        } else if !self.closed && self.status.is_none() && words.is_empty() {
            SshError::Broken { host, reason: "the server closed the connection".to_owned() }
        } else {
            SshError::CommandFailed { host, command: self.service.command(), status: self.status, words }
        }
    }
}

impl SshChannel {
    /// What the command wrote to its standard error so far, line by line, safe to print.
    pub fn server_words(&self) -> Vec<String> {
        self.command.words.lines()
    }

    /// Ends a conversation in which nothing is wanted.
    pub(super) fn hang_up(&mut self) -> Result<(), SshError> {
        self.write_all(b"0000").map_err(|error| SshError::of_io(&error).cloned().unwrap_or(SshError::Cancelled))
    }

    fn receive(&mut self) -> Result<(), SshError> {
        let Self { runtime: Some(runtime), reader, command, limits, .. } = self else { return Ok(()) };
        let host = command.host.clone();
        runtime.block_on(within(limits, &host, "reading from", async {
            while command.received.is_empty() && !command.ended {
                let message = reader.wait().await;
                command.take(message);
            }
            Ok(())
        }))
    }

    fn send(&mut self, bytes: Vec<u8>) -> Result<(), SshError> {
        let Self { runtime: Some(runtime), reader, writer, command, limits, .. } = self else { return Ok(()) };
        let host = command.host.clone();
        runtime.block_on(within(limits, &host, "writing to", async {
            let mut sending = pin!(writer.data_bytes(bytes));
            // What arrives meanwhile must be taken in, or the session has no room for the server's permission to go on.
            while !command.ended {
                tokio::select! {
                    sent = &mut sending => {
                        return sent.map_err(|_| command.failure());
                    }
                    message = reader.wait() => command.take(message),
                }
            }
            Err(command.failure())
        }))
    }
}

impl Read for SshChannel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.command.received.is_empty() && !self.command.ended {
            self.receive()?;
        }
        if self.command.received.is_empty() {
            return if self.command.ended_well() { Ok(0) } else { Err(self.command.failure().into()) };
        }
        let size = self.command.received.read(buffer)?;
        Ok(size)
    }
}

impl Write for SshChannel {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let size = buffer.len().min(WRITE_SIZE);
        self.send(buffer[..size].to_vec())?;
        Ok(size)
    }

    /// Every write is handed over at once; the next read, or the end, drives it out.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for SshChannel {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        if !std::thread::panicking() {
            let farewell = async {
                let _ = self.writer.eof().await;
                let _ = self.session.disconnect(Disconnect::ByApplication, "", "en").await;
                let _ = (&mut self.session).await;
            };
            runtime.block_on(async { tokio::time::timeout(FAREWELL, farewell).await.ok() });
        }
        runtime.shutdown_background();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_quoted_as_git_quotes_them() {
        for (path, command) in [
            ("/v3/o/my p/r", "git-upload-pack '/v3/o/my p/r'"),
            ("/~me/r", "git-upload-pack '~me/r'"),
            ("/a'b!c", r"git-upload-pack '/a'\''b'\!'c'"),
            ("/$(x)`y`;", "git-upload-pack '/$(x)`y`;'"),
        ] {
            assert_eq!(command_line(GitService::UploadPack, path), command);
        }
        assert_eq!(command_line(GitService::ReceivePack, "/a"), "git-receive-pack '/a'");
    }
}
