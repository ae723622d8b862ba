//! # Ledger
//! Records in memory, with the port's conditions, each write an effect.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use posthorse_domain::migration::{Failure, Folder, FolderNumber, Migration, MigrationId, Moment, State};
use posthorse_domain::ports::{Ledger, Saved};

use super::effects::Effects;

/// The most folders that one `save_folders` takes.
const AT_ONCE: usize = 100;

/// The ledger of a world. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    effects: Effects,
    rows: Arc<Mutex<Rows>>,
}

/// How the index of what is due answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Index {
    /// By the rows as they are.
    #[default]
    True,
    /// Late: it names what is not due any more, too.
    Everything,
    /// Late: it does not name what is due yet.
    Nothing,
}

/// A claim that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// Who claimed.
    pub holder: String,
    /// Which turn.
    pub turn: u64,
}

#[derive(Debug, Default)]
struct Rows {
    index: Index,
    breaches: Vec<String>,
    /// Claims since they were asked for last.
    claims: Vec<Claimed>,
    /// By folder: the highest epoch under which it was written.
    epochs: BTreeMap<(MigrationId, FolderNumber), u64>,
    migrations: BTreeMap<MigrationId, Migration>,
    folders: BTreeMap<(MigrationId, FolderNumber), Folder>,
}

impl MemoryLedger {
    /// An empty ledger whose writes are counted there.
    pub fn new(effects: Effects) -> Self {
        Self { effects, rows: Arc::default() }
    }

    /// The same rows, as another process writes them.
    pub fn through(&self, effects: Effects) -> Self {
        Self { effects, ..self.clone() }
    }

    /// Rules that were broken by what was written.
    pub fn breaches(&self) -> Vec<String> {
        self.rows().breaches.clone()
    }

    /// The claims that were written since this was asked for last, in their order.
    pub fn claims(&self) -> Vec<Claimed> {
        std::mem::take(&mut self.rows().claims)
    }

    /// How `due` answers from now on.
    pub fn index(&self, index: Index) {
        self.rows().index = index;
    }

    /// A folder's record written as if nobody else could have written it: for bugs on purpose.
    pub async fn save_folder_unchecked(&self, id: &MigrationId, folder: &Folder) -> Result<Saved, Failure> {
        let write = || {
            self.rows().put(id, folder);
            Saved::Yes
        };
        self.effects.act(format!("ledger save_folder {}", folder.number), write).await
    }

    /// What is stored, for the driver of a world.
    pub fn peek(&self, id: &MigrationId) -> Option<Migration> {
        self.rows().migrations.get(id).cloned()
    }

    /// All rows as text, to search them.
    pub fn dump(&self) -> String {
        let rows = self.rows();
        let migrations = rows.migrations.values().filter_map(|row| serde_json::to_string(row).ok());
        let folders = rows.folders.values().filter_map(|row| serde_json::to_string(row).ok());
        migrations.chain(folders).collect::<Vec<_>>().join("\n")
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn put(&mut self, id: &MigrationId, folder: &Folder) {
        let highest = self.epochs.entry((id.clone(), folder.number)).or_default();
        if folder.epoch < *highest {
            self.breaches.push(format!("folder {} was written under the old epoch {}", folder.number, folder.epoch));
        }
        *highest = folder.epoch.max(*highest);
        let stored = Folder { version: folder.version + 1, ..folder.clone() };
        self.folders.insert((id.clone(), folder.number), stored);
    }

    fn stored(&self, id: &MigrationId, number: FolderNumber) -> Option<&Folder> {
        self.folders.get(&(id.clone(), number))
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn create(&self, migration: &Migration) -> Result<Saved, Failure> {
        let write = || {
            let mut rows = self.rows();
            if rows.migrations.contains_key(&migration.id) {
                return Saved::Refused;
            }
            rows.migrations.insert(migration.id.clone(), Migration { version: 1, ..migration.clone() });
            Saved::Yes
        };
        self.effects.act("ledger create".into(), write).await
    }

    async fn migration(&self, id: &MigrationId) -> Result<Option<Migration>, Failure> {
        self.effects.look("ledger read").await?;
        Ok(self.rows().migrations.get(id).cloned())
    }

    async fn save(&self, migration: &Migration) -> Result<Saved, Failure> {
        let write = || {
            let mut rows = self.rows();
            if rows.migrations.get(&migration.id).is_none_or(|stored| stored.version != migration.version) {
                return Saved::Refused;
            }
            let before = rows.migrations.get(&migration.id).map_or(0, |stored| stored.epoch);
            let breaches = breaches(migration, before);
            rows.breaches.extend(breaches);
            if migration.epoch > before {
                rows.claims.push(Claimed { holder: migration.holder.clone(), turn: migration.turn });
            }
            let stored = Migration { version: migration.version + 1, ..migration.clone() };
            rows.migrations.insert(migration.id.clone(), stored);
            Saved::Yes
        };
        self.effects.act(format!("ledger save (turn {})", migration.turn), write).await
    }

    async fn due(&self, until: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure> {
        self.effects.look("ledger index").await?;
        let rows = self.rows();
        let due = rows.migrations.values().filter_map(|row| Some((row.next_at?, row.id.clone())));
        let named = |at: Moment| match rows.index {
            Index::True => at <= until,
            Index::Everything => true,
            Index::Nothing => false,
        };
        let mut due: Vec<_> = due.filter(|(at, _)| named(*at)).collect();
        due.sort();
        Ok(due.into_iter().map(|(_, id)| id).take(limit).collect())
    }

    async fn folders(&self, id: &MigrationId, from: FolderNumber, limit: usize) -> Result<Vec<Folder>, Failure> {
        self.effects.look("ledger query").await?;
        let rows = self.rows();
        let range = (id.clone(), from)..=(id.clone(), FolderNumber::MAX);
        Ok(rows.folders.range(range).map(|(_, folder)| folder.clone()).take(limit).collect())
    }

    async fn save_folders(&self, id: &MigrationId, folders: &[Folder]) -> Result<Saved, Failure> {
        if folders.len() > AT_ONCE {
            return Err(Failure::store(format!("{} folders at once; at most {AT_ONCE}", folders.len())));
        }
        let write = || {
            let mut rows = self.rows();
            let differs =
                |folder: &Folder| rows.stored(id, folder.number).map_or(0, |stored| stored.version) != folder.version;
            if folders.iter().any(differs) {
                return Saved::Refused;
            }
            folders.iter().for_each(|folder| rows.put(id, folder));
            Saved::Yes
        };
        self.effects.act("ledger save_folders".into(), write).await
    }

    async fn save_folder(&self, id: &MigrationId, folder: &Folder) -> Result<Saved, Failure> {
        let write = || {
            let mut rows = self.rows();
            let fits = rows
                .stored(id, folder.number)
                .is_some_and(|stored| stored.version == folder.version && stored.epoch <= folder.epoch);
            if !fits {
                return Saved::Refused;
            }
            rows.put(id, folder);
            Saved::Yes
        };
        self.effects.act(format!("ledger save_folder {}", folder.number), write).await
    }

    async fn forget(&self, id: &MigrationId) -> Result<(), Failure> {
        let write = || {
            let mut rows = self.rows();
            rows.migrations.remove(id);
            rows.folders.retain(|(of, _), _| of != id);
        };
        self.effects.act("ledger forget".into(), write).await
    }
}

/// A record says where it stands, why, and what happens next.
fn breaches(record: &Migration, epoch: u64) -> Vec<String> {
    let mut breaches = Vec::new();
    if record.epoch < epoch {
        breaches.push(format!("the migration was written under the old epoch {}", record.epoch));
    }
    let explains = matches!(record.state, State::Accepted | State::Planning | State::Copying | State::Verifying);
    if !explains && record.reason.trim().is_empty() {
        breaches.push(format!("{} without a reason", record.state.word()));
    }
    let hosted = record.request.options.life.unattended() && !record.state.ended() && record.state != State::Paused;
    if (record.state.under_way() || hosted) && record.next_at.is_none() {
        breaches.push(format!("{}: nothing says what happens next", record.state.word()));
    }
    if record.state.ended() && record.ended.is_none() {
        breaches.push("it ended at no time".into());
    }
    breaches
}
