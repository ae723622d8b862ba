//! # Obey
//! Which command needs which state of the connection, and who carries it out (RFC 3501 §6).

use super::quirk::Quirk;
use super::request::Request;
use super::session::{Answer, Pipe, Session};
use super::wire::Gone;

impl<S: Pipe> Session<S> {
    /// Carries a command out and returns its tagged answer.
    pub async fn obey(&mut self, request: &Request) -> Answer {
        match request.verb.as_str() {
            "CAPABILITY" => Ok(self.capability()),
            "NOOP" | "CHECK" => Ok("OK NOOP completed.".to_owned()),
            "LOGOUT" => self.logout(),
            "STARTTLS" => Ok("NO [UNAVAILABLE] TLS is not available here".to_owned()),
            "ID" => Ok(self.identify(request)),
            "LOGIN" => Ok(self.login(request)),
            "AUTHENTICATE" => self.authenticate(request).await,
            _ if self.seat.is_none() => self.out_of_order(request, "before the login").await,
            _ => self.obey_user(request).await,
        }
    }

    async fn obey_user(&mut self, request: &Request) -> Answer {
        match request.verb.as_str() {
            "COMPRESS" if self.can("COMPRESS=DEFLATE") => Ok(self.compress()),
            "NAMESPACE" => Ok(self.namespace()),
            "ENABLE" => Ok(self.enable(request)),
            "LIST" => Ok(self.list(request)),
            "LSUB" => Ok(self.lsub(request)),
            "STATUS" => Ok(self.status(request)),
            "CREATE" => Ok(self.create(request)),
            "SUBSCRIBE" => Ok(self.subscribe(request, true)),
            "UNSUBSCRIBE" => Ok(self.subscribe(request, false)),
            "DELETE" => Ok(self.delete(request)),
            "RENAME" => Ok(self.rename(request)),
            "SELECT" => Ok(self.select(request, false)),
            "EXAMINE" => Ok(self.select(request, true)),
            "APPEND" => self.append(request).await,
            "GETQUOTAROOT" => Ok(self.quota_root(request)),
            "IDLE" => self.idle().await,
            _ if self.view.is_none() => self.out_of_order(request, "without an open folder").await,
            _ => self.obey_selected(request).await,
        }
    }

    async fn obey_selected(&mut self, request: &Request) -> Answer {
        match request.verb.as_str() {
            "CLOSE" => Ok(self.close()),
            "UNSELECT" if self.can("UNSELECT") => {
                self.view = None;
                Ok("OK Unselect completed.".to_owned())
            }
            "FETCH" => self.fetch(request, false).await,
            "UID FETCH" => self.fetch(request, true).await,
            "UID SEARCH" => Ok(self.search(request)),
            "UID COPY" => Ok(self.copy(request)),
            "UID STORE" => Ok(self.store(request)),
            "EXPUNGE" => Ok(self.expunge()),
            _ => self.out_of_order(request, "unknown here").await,
        }
    }

    /// A client that sends commands without waiting (RFC 9051 §5.5) cannot know that the folder in front is refused: one
    /// FETCH behind that is forgiven.
    async fn out_of_order(&mut self, request: &Request, why: &str) -> Answer {
        let forgiven = request.verb == "UID FETCH" && std::mem::take(&mut self.overtaken);
        if !forgiven {
            self.breach(why, format!("{} {}", request.verb, request.rest.escape_ascii()).as_bytes());
        }
        let answer = format!("BAD Error in IMAP command {}: Unknown command or not now.", request.verb);
        if request.verb == "APPEND" { self.swallow(&request.rest, answer).await } else { Ok(answer) }
    }

    fn compress(&self) -> String {
        match self.is(Quirk::RefusesCompress) {
            true => "NO DEFLATE is not available now".to_owned(),
            false => "OK DEFLATE active".to_owned(),
        }
    }

    fn logout(&mut self) -> Answer {
        if self.is(Quirk::LogoutCloses) {
            return Err(Gone);
        }
        self.say("* BYE Logging out");
        Ok("OK Logout completed.".to_owned())
    }

    async fn idle(&mut self) -> Answer {
        self.say("+ idling");
        let line = self.wire.line().await?;
        Ok(if line.text.eq_ignore_ascii_case(b"DONE") { "OK Idle completed." } else { "BAD Expected DONE." }.to_owned())
    }
}
