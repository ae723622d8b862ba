//! # Stack
//! The project's template with the project's functions, deployed into an emulator of its own; what people do with it, and
//! what befalls it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use posthorse_aws::settings::{Account, Hidden};
use posthorse_aws::{DynamoLedger, S3Archive, Session};
use posthorse_domain::migration::{Migration, MigrationId};
use posthorse_domain::ports::{Archive, Ledger};
use posthorse_tests::cloud::{Emulator, Hand, Refused};
use ring::hmac;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{self, Answer};

/// 48 octets, as the template generates them.
pub const WEBHOOK_SECRET: &str = "TestOnlyTestOnlyTestOnlyTestOnlyTestOnlyTestOnlyTestOnlyTestOnly";
/// The functions of the template.
const FUNCTIONS: [&str; 6] = ["intake", "plan", "copy", "verify", "sweep", "review"];

/// A deployed stack.
pub struct Stack {
    pub hand: Hand,
    pub emulator: Emulator,
    deployed: Value,
    ledger: DynamoLedger,
    archive: S3Archive,
    runtime: tokio::runtime::Runtime,
    _code: TempDir,
}

impl Stack {
    /// Starts an emulator and deploys into it; mail servers may be dialled on these ports.
    pub fn deploy(ports: [u16; 2]) -> Self {
        let emulator = Emulator::start().unwrap();
        let hand = Hand::new(&emulator).unwrap();
        let code = binaries();
        let ports = ports.map(|port| port.to_string()).join(",");
        let parameters =
            json!({"Profile": "test", "Architecture": "x86_64", "LogLevel": "DEBUG", "AllowedPorts": ports});
        let with = json!({"stack": "posthorse-test", "binaries": code.path(), "parameters": parameters});
        let deployed =
            hand.call("posthorse", "deploy", with).unwrap_or_else(|refused| panic!("{refused}\n{}", emulator.log()));
        let account = Account {
            region: "us-east-1".into(),
            key_id: "test".into(),
            key: Hidden::new("test"),
            token: None,
            endpoint: Some(emulator.endpoint()),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // The SDK's clients belong to the runtime that they are made in.
        let inside = runtime.enter();
        let table = deployed["outputs"]["LedgerTable"].as_str().unwrap().to_owned();
        let session = Session::new(&account);
        let ledger = DynamoLedger::new(&session, table);
        let archive = S3Archive::new(&session, deployed["outputs"]["Archive"].as_str().unwrap());
        drop(inside);
        let stack = Self { hand, emulator, deployed, ledger, archive, runtime, _code: code };
        let secret = json!({"current": WEBHOOK_SECRET, "previous": ""}).to_string();
        stack.call(
            "secretsmanager",
            "put_secret_value",
            json!({"SecretId": stack.output("WebhookSecret"), "SecretString": secret}),
        );
        stack
    }

    /// An output of the template.
    pub fn output(&self, name: &str) -> String {
        self.deployed["outputs"][name].as_str().unwrap_or_else(|| panic!("no output {name}")).to_owned()
    }

    /// What a logical id became.
    pub fn resource(&self, name: &str) -> String {
        self.deployed["resources"][name].as_str().unwrap_or_else(|| panic!("no resource {name}")).to_owned()
    }

    /// A call that must succeed.
    pub fn call(&self, service: &str, call: &str, with: Value) -> Value {
        self.hand.call(service, call, with).unwrap_or_else(|refused| panic!("{service} {call}: {refused}"))
    }

    /// Posts a body, signed now, under this id.
    pub fn post(&self, id: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
        let signature = signature(id, &time, body.as_bytes());
        let headers = [("webhook-id", id), ("webhook-timestamp", time.as_str()), ("webhook-signature", &signature)];
        self.send("POST /", &headers, body.as_bytes())
    }

    /// Sends anything to intake's address: a verb and a path, headers, a body.
    pub fn send(&self, method: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let host = Self::host(&self.output("IntakeUrl"));
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        http::send(self.emulator.port(), method, &host, &headers, body).unwrap()
    }

    /// The host of an address.
    pub fn host(url: &str) -> String {
        url.trim_start_matches("https://").trim_end_matches('/').to_owned()
    }

    /// Calls a function and gives its answer.
    pub fn invoke(&self, function: &str, event: &Value) -> Result<Value, Refused> {
        let with = json!({"FunctionName": self.resource(function), "Payload": event.to_string()});
        let answer = self.hand.call("lambda", "invoke", with)?;
        let payload: Value = serde_json::from_str(answer["Payload"].as_str().unwrap_or("null")).unwrap_or(Value::Null);
        match answer["FunctionError"].as_str() {
            Some(error) => Err(Refused { error: error.to_owned(), message: payload.to_string() }),
            None => Ok(payload),
        }
    }

    /// Asks review as an operator does, signed, by the client that infra/openapi.json describes, which holds the answer to
    /// what is promised there; gives status and body.
    pub fn operate(&self, operation: &str, parameters: &Value, body: &Value) -> (u64, Value) {
        self.operate_as(operation, parameters, body, true)
    }

    /// The same, signed or not.
    pub fn operate_as(&self, operation: &str, parameters: &Value, body: &Value, sign: bool) -> (u64, Value) {
        let url = self.output("ReviewUrl");
        let with = json!({"operation": operation, "url": url, "parameters": parameters, "body": body, "sign": sign});
        let answer = self.call("posthorse", "operate", with);
        (answer["status"].as_u64().unwrap(), answer["body"].clone())
    }

    /// What the timer does.
    pub fn sweep(&self) -> Value {
        self.invoke("SweepFunction", &json!({"source": "aws.events"}))
            .unwrap_or_else(|refused| panic!("sweep: {refused}"))
    }

    /// The migration's record.
    pub fn record(&self, id: &MigrationId) -> Option<Migration> {
        self.runtime.block_on(self.ledger.migration(id)).unwrap()
    }

    /// The processes that run a function now.
    pub fn processes(&self, function: &str) -> Vec<u32> {
        let name = format!("AWS_LAMBDA_FUNCTION_NAME={}", self.resource(function));
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            let parent = fs::read_to_string(entry.path().join("stat")).ok().and_then(|stat| parent(&stat));
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let named = environment.split(|octet| *octet == 0).any(|variable| variable == name.as_bytes());
            if parent == Some(self.emulator.pid()) && named {
                found.push(pid);
            }
        }
        found
    }

    /// Ends all processes of a function as a machine ends them that loses its power; gives how many there were.
    pub fn kill(&self, function: &str) -> usize {
        let pids = self.processes(function);
        pids.iter()
            .filter(|pid| {
                let pid = Pid::from_raw(i32::try_from(**pid).unwrap()).unwrap();
                kill_process(pid, Signal::KILL).is_ok()
            })
            .count()
    }

    /// All rows of a table, as DynamoDB spells them.
    pub fn rows(&self, table: &str) -> Vec<Value> {
        let scanned = self.call("dynamodb", "scan", json!({"TableName": self.output(table)}));
        scanned["Items"].as_array().cloned().unwrap_or_default()
    }

    /// Keys of all objects in the bucket.
    pub fn objects(&self) -> Vec<String> {
        let mut keys = Vec::new();
        let mut after = String::new();
        loop {
            let with = json!({"Bucket": self.output("Archive"), "StartAfter": after});
            let page = self.call("s3", "list_objects_v2", with);
            let Some(contents) = page["Contents"].as_array().filter(|contents| !contents.is_empty()) else {
                return keys;
            };
            keys.extend(contents.iter().filter_map(|object| object["Key"].as_str()).map(str::to_owned));
            after = keys.last().cloned().unwrap_or_default();
        }
    }

    /// All of a migration's objects below a prefix, unpacked, as text.
    pub fn unpacked(&self, id: &MigrationId, prefix: &str) -> String {
        let all = async {
            let mut text = String::new();
            for key in self.archive.keys(id, prefix).await.unwrap() {
                let octets = self.archive.get(id, &key).await.unwrap().unwrap();
                text.push_str(&String::from_utf8_lossy(&octets));
            }
            text
        };
        self.runtime.block_on(all)
    }

    /// An object: text, or base64 where it is none.
    pub fn object(&self, key: &str) -> Value {
        self.call("s3", "get_object", json!({"Bucket": self.output("Archive"), "Key": key}))["Body"].clone()
    }
}

/// The parent's pid: the second field behind the name in parentheses.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

/// As Standard Webhooks signs.
pub fn signature(id: &str, time: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &BASE64.decode(WEBHOOK_SECRET).unwrap());
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
    format!("v1,{}", BASE64.encode(hmac::sign(&key, &signed)))
}

/// The functions, built for these tests' own profile and target directory, without what debuggers read: Lambda takes 250 MB.
fn binaries() -> TempDir {
    let code = tempfile::tempdir().unwrap();
    for name in FUNCTIONS {
        let to = code.path().join(name);
        let done = Command::new("strip").arg("-o").arg(&to).arg(built().join(name)).status().unwrap();
        assert!(done.success(), "strip {name}");
    }
    code
}

/// Where the built functions are. `make` has built them; else they are built once.
pub fn built() -> &'static Path {
    static AT: OnceLock<PathBuf> = OnceLock::new();
    AT.get_or_init(|| {
        // The Makefile has built all programs in one place and names one of them.
        if let Some(program) = std::env::var_os("POSTHORSE_BIN") {
            return Path::new(&program).parent().unwrap().to_owned();
        }
        let test = std::env::current_exe().unwrap();
        let at = test.parent().and_then(Path::parent).unwrap().to_owned();
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--locked", "--workspace", "--bins"]);
        let done = command.status().unwrap();
        assert!(done.success(), "the functions cannot be built");
        at
    })
}
